// <div class="chart" data-chart role="img" aria-label="…"><script type="application/json">{…}</script></div>
// {kind: "columns" | "rows" | "stacked" | "overlap", categories: [text], unit?: "$" | "%", digits?: 0,
//  hrefs?: [address], series: [{name, values: [number], line?: true, tone?: "main" | "rest" | "pale", main?: [index], hrefs?}]}
// A bar that has an address opens it. "rows" draws lying bars; "overlap" draws a part before its whole.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([AriaComponent, BarChart, CanvasRenderer, GridComponent, LegendComponent, LineChart, TooltipComponent]);

const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue(name).trim();
const tones = { main: colour("--series"), rest: colour("--series-rest"), pale: colour("--series-pale") };
const text = { color: colour("--ink-2"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 };

// Written as the server writes money: 1.234,50.
function numberText(value, chart) {
  if (value === null || value === undefined) return "—";
  const digits = chart.digits ?? 0;
  const written = new Intl.NumberFormat("es-EC", { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: "always" });
  const number = written.format(value);
  if (chart.unit === "$") return `$ ${number}`;
  return chart.unit ? `${number} ${chart.unit}` : number;
}

function pointsOf(series, tone) {
  return series.values.map((value, index) => {
    const itemTone = series.main ? (series.main.includes(index) ? "main" : "rest") : tone;
    return { value, itemStyle: { color: tones[itemTone] } };
  });
}

function seriesOf(series, index, chart) {
  const tone = series.tone ?? (index === 0 ? "main" : "pale");
  const base = { name: series.name, data: pointsOf(series, tone), color: tones[tone], cursor: hasAddress(chart, series) ? "pointer" : "default" };
  if (series.line) return { ...base, type: "line", symbol: "circle", symbolSize: 5, showSymbol: false, lineStyle: { width: 2.5 }, z: 3 };
  return {
    ...base,
    type: "bar",
    barMaxWidth: chart.kind === "rows" ? 19 : 26,
    barGap: chart.kind === "overlap" ? "-100%" : "20%",
    stack: chart.kind === "stacked" ? "all" : undefined,
    // The part (first) stands in front of the whole.
    z: chart.kind === "overlap" ? 4 - index : 2,
    itemStyle: { borderRadius: 2 },
    label: { show: chart.kind === "rows", position: "right", ...text, fontSize: 13, formatter: ({ value }) => numberText(value, chart) },
  };
}

const hasAddress = (chart, series) => Boolean(series.hrefs ?? chart.hrefs);

function optionOf(chart) {
  const lying = chart.kind === "rows";
  const many = chart.series.length > 1;
  const names = { type: "category", data: chart.categories, inverse: lying, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { ...text, fontSize: lying ? 13 : 12 } };
  const values = {
    type: "value",
    minInterval: chart.digits ? undefined : 1,
    axisLabel: { show: !lying, ...text, formatter: (value) => numberText(value, { ...chart, digits: 0 }) },
    splitLine: { show: !lying, lineStyle: { color: colour("--line-soft") } },
  };
  return {
    animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 250,
    textStyle: text,
    aria: { enabled: false },
    grid: { left: 4, right: lying ? 44 : 8, top: 12, bottom: many ? 30 : 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    legend: { show: many, bottom: 0, left: 4, itemWidth: 11, itemHeight: 11, icon: "rect", textStyle: text },
    // Drawn on the canvas: a tooltip of HTML would bring style attributes that the policy refuses.
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, renderMode: "richText", textStyle: text, valueFormatter: (value) => numberText(value, chart) },
    xAxis: lying ? values : names,
    yAxis: lying ? names : values,
    series: chart.series.map((series, index) => seriesOf(series, index, chart)),
  };
}

function openOn(drawing, chart) {
  drawing.on("click", ({ seriesIndex, dataIndex }) => {
    const address = (chart.series[seriesIndex].hrefs ?? chart.hrefs)?.[dataIndex];
    if (address) window.location.assign(new URL(address, window.location.href));
  });
}

function draw(place) {
  const data = place.querySelector('script[type="application/json"]');
  if (!data) return;
  const chart = JSON.parse(data.textContent);
  const drawing = init(place);
  drawing.setOption(optionOf(chart));
  openOn(drawing, chart);
  const watcher = new ResizeObserver(() => {
    if (place.isConnected) return drawing.resize();
    // A live page has put another in its place.
    watcher.disconnect();
    drawing.dispose();
  });
  watcher.observe(place);
}

// After the face has come, so that the canvas measures with it.
async function drawAll() {
  await document.fonts.ready;
  for (const place of document.querySelectorAll("[data-chart]")) draw(place);
}

document.addEventListener("DOMContentLoaded", drawAll);
document.addEventListener("htmx:load", ({ target }) => {
  if (target !== document.body) for (const place of target.querySelectorAll("[data-chart]")) draw(place);
});
