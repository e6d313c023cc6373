// What every page carries. Each part listens on the document, so that content that htmx swaps in works too.
import "./js/htmx.js";
import "./js/keys.js";
import "./js/once.js";
import "./js/refused.js";
import "./js/dialogs.js";
import "./js/lists.js";
import "./js/keep.js";
import "./js/leave.js";
import "./js/live.js";
import "./js/scorecard.js";
