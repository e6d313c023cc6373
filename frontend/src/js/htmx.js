// htmx under a nonce policy: no eval, no style or script of its own, nothing of a person kept in the browser's storage.
import htmx from "htmx.org";

Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  historyCacheSize: 0,
  includeIndicatorStyles: false,
  refreshOnHistoryMiss: true,
  selfRequestsOnly: true,
  // A refusal (4xx) is a page or a fragment like any other: it is shown, with what was typed.
  responseHandling: [
    { code: "204", swap: false },
    { code: "[24]..", swap: true },
    { code: "5..", swap: false, error: true },
  ],
});

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token && detail.verb !== "get") detail.headers["X-CSRFToken"] = token.content;
});

// A page that polls (a running load) rests while nobody looks at it.
document.addEventListener("htmx:beforeRequest", (event) => {
  const trigger = event.detail.requestConfig.triggeringEvent;
  if (document.hidden && !trigger) event.preventDefault();
});
