// The three terms of the objective, in their order.
export const TERMS = ["content", "style", "total_variation"];
