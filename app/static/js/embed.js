/* Inside a frame of ours in somebody else's page: tells that page how high the frame would have to be. A number,
   and nothing else; who does not listen loses nothing. */
"use strict";

(() => {
  if (window.parent === window) {
    return;
  }
  const tell = () => {
    window.parent.postMessage({ dialogforumHeight: Math.ceil(document.documentElement.getBoundingClientRect().height) }, "*");
  };
  new ResizeObserver(tell).observe(document.documentElement);
  // The page may begin to listen only after we have told it; then it asks.
  window.addEventListener("message", (event) => {
    if (event.source === window.parent && event.data === "dialogforumHeight?") {
      tell();
    }
  });
})();
