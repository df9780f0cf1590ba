// Eigenvalues and eigenvectors of symmetric matrices.

// Jacobi's method: turn two coordinates at a time so that what they have in common vanishes, until
// nothing off the diagonal is left. Golub and Van Loan, Matrix Computations, section 8.5.
//
// A: (n, n) numbers row by row, symmetric. Returns the eigenvalues w and, row by row, the
// eigenvectors: row k of V belongs to w[k].
export function eigh(A, n) {
  const S = Float64Array.from(A);
  const V = new Float64Array(n * n);
  for (let i = 0; i < n; i++) V[i * n + i] = 1;
  const whole = Math.sqrt(S.reduce((sum, value) => sum + value * value, 0));
  for (let sweep = 0; sweep < 30; sweep++) {
    let largest = 0;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        const shared = S[p * n + q];
        largest = Math.max(largest, Math.abs(shared));
        if (Math.abs(shared) <= 1e-12 * whole) continue;
        const theta = (S[q * n + q] - S[p * n + p]) / (2 * shared);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        turn(S, n, p, q, c, t * c);
        turnColumns(S, n, p, q, c, t * c);
        turn(V, n, p, q, c, t * c);
      }
    }
    if (largest <= 1e-12 * whole) break;
  }
  return { w: Float64Array.from({ length: n }, (_, i) => S[i * n + i]), V };
}

function turn(M, n, p, q, c, s) {
  for (let k = 0, i = p * n, j = q * n; k < n; k++, i++, j++) {
    const [a, b] = [M[i], M[j]];
    M[i] = c * a - s * b;
    M[j] = s * a + c * b;
  }
}

function turnColumns(M, n, p, q, c, s) {
  for (let k = 0, i = p, j = q; k < n; k++, i += n, j += n) {
    const [a, b] = [M[i], M[j]];
    M[i] = c * a - s * b;
    M[j] = s * a + c * b;
  }
}
