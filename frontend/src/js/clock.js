// <time data-clock="start, ISO 8601">: minutes and seconds since then, hours when there are any.
const two = (number) => String(number).padStart(2, "0");

function elapsed(start) {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(start)) / 1000));
  const hours = Math.floor(seconds / 3600);
  return (hours ? `${hours}:` : "") + two(Math.floor(seconds / 60) % 60) + ":" + two(seconds % 60);
}

function tick() {
  for (const clock of document.querySelectorAll("time[data-clock]")) clock.textContent = elapsed(clock.dataset.clock);
}

document.addEventListener("DOMContentLoaded", tick);
setInterval(tick, 1000);
