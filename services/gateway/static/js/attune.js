// Quick exit, a page that is not shown again after it, focus after a change of page, and a word when nothing was sent.
(() => {
  "use strict";

  // --- Quick exit: blank first, then out. Shift three times within 1.5 seconds does the same as the button.
  const form = () => document.getElementById("quick-exit");
  const leave = () => {
    const fields = new URLSearchParams(new FormData(form()));
    document.title = "";
    document.documentElement.replaceChildren();
    navigator.sendBeacon("/exit", fields);
    try { sessionStorage.clear(); } catch { /* no storage, nothing kept */ }
    history.replaceState(null, "", "/");
    location.replace("about:blank");
  };
  document.addEventListener("submit", (event) => {
    if (event.target === form()) { event.preventDefault(); event.stopImmediatePropagation(); leave(); }
  }, true);
  let presses = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Shift") { presses = []; return; }
    if (event.repeat || !form()) { return; }
    presses = [...presses.filter((at) => event.timeStamp - at < 1500), event.timeStamp];
    if (presses.length === 3) { leave(); }
  });

  // --- A page that the browser kept in memory is asked for again: whoever has left sees nothing.
  // It is hidden before it is kept, so that nothing of it shows in between.
  window.addEventListener("pagehide", () => { document.documentElement.hidden = true; });
  window.addEventListener("pageshow", (event) => { if (event.persisted) { location.reload(); } });

  // --- After a change of page without loading, focus goes where reading begins.
  document.addEventListener("htmx:after:swap", () => {
    const wrong = document.querySelector("[role=alert]");
    const main = document.getElementById("main");
    if (wrong) { wrong.setAttribute("tabindex", "-1"); wrong.focus(); } else if (main) { main.focus({ preventScroll: true }); }
  });

  // --- Nothing was sent: say so where the person is; their words stay in the form.
  const tell = () => {
    document.getElementById("not-sent")?.remove();
    const note = document.createElement("p");
    note.id = "not-sent";
    note.className = "note wrong floating";
    note.setAttribute("role", "alert");
    note.textContent = document.body.dataset.notSent;
    document.getElementById("main")?.prepend(note);
    note.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("htmx:error", tell);
  document.addEventListener("htmx:before:request", () => document.getElementById("not-sent")?.remove());
})();
