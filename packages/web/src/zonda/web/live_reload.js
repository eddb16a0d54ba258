"use strict";

// In debug mode: loads the page again when a file of the site has changed, or the server restarted.
(() => {
  const source = new URL(document.currentScript.src);
  const start = source.searchParams.get("start");
  source.pathname = source.pathname.replace(/\.js$/, "");
  source.search = "";

  const connect = () => {
    const events = new EventSource(source);
    events.addEventListener("start", (event) => {
      if (event.data !== start) location.reload();
    });
    events.addEventListener("change", () => location.reload());
    events.onerror = () => {
      // A browser tries again by itself, unless it has given up.
      if (events.readyState === EventSource.CLOSED) setTimeout(connect, 500);
    };
  };
  connect();
})();
