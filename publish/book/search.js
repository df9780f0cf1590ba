"use strict";
// A page opened from a folder may not fetch its neighbours: texts.js has what the search asks for.
const fetchFromSite = window.fetch;
window.fetch = (address, ...options) => {
  const text = pageTexts[String(address).split("/").pop()];
  return text ? Promise.resolve(new Response(text)) : fetchFromSite(address, ...options);
};
