// What can be told to be wrong before a visit is kept; the server judges it again. Each gives the name of the sentence that
// refuses, or nothing.
const APART = /\s*[/;,|]\s*|\s{2,}/;
const RUNS = "0123456789 9876543210";

export function phoneFault(typed) {
  for (const piece of typed.trim().split(APART)) {
    const fault = oneFault(piece);
    if (fault) return fault;
  }
  return "";
}

function oneFault(piece) {
  if (!piece) return "";
  if (/[^\d\s()+.-]/.test(piece)) return "bad_phone";
  const digits = piece.replace(/\D/g, "").replace(/^(00)?593(?=\d{8,9}$)/, "0").replace(/^0+(?=\d{8,9}$)/, "");
  if (/^(\d)\1{6,}$/.test(digits) || /(\d)\1{6}$/.test(digits) || (digits.length > 6 && RUNS.includes(digits))) return "invented_phone";
  if (piece.trim().startsWith("+") && !piece.replace(/\s/g, "").startsWith("+593")) return digits.length >= 8 ? "" : "bad_phone";
  return /^9\d{8}$|^[2-7]\d{7}$|^[2-7]\d{6}$/.test(digits) ? "" : "bad_phone";
}

export const emailFault = (typed) => (!typed.trim() || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(typed.trim()) ? "" : "bad_email");

export function addressFault(typed) {
  const letters = typed.match(/\p{L}/gu)?.length ?? 0;
  return !typed.trim() || (typed.trim().length >= 5 && letters >= 3) ? "" : "bad_address";
}
