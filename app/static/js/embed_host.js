/* Set into somebody else's page (see /indlejr): gives frames of ours the height of what is in them. It reads and
   sends nothing, and hears our frames alone. */
"use strict";

(() => {
  const home = new URL(document.currentScript.src).origin;
  const frames = () => [...document.querySelectorAll("iframe")].filter((frame) => frame.src.startsWith(`${home}/`));
  window.addEventListener("message", (event) => {
    const height = event.data && event.data.dialogforumHeight;
    if (event.origin !== home || typeof height !== "number") {
      return;
    }
    const frame = frames().find((one) => one.contentWindow === event.source);
    if (frame) {
      frame.height = String(Math.min(Math.max(Math.ceil(height), 60), 5000));
    }
  });
  for (const frame of frames()) {
    frame.contentWindow.postMessage("dialogforumHeight?", home);
  }
})();
