"use strict";
(() => {
  const bar = document.getElementById("cursor");
  const slider = document.getElementById("cursor-at");
  const end = Number(bar.dataset.end);
  const width = Number(bar.dataset.width);
  const drawings = [...document.querySelectorAll(".lane > svg, .heat > svg")];
  let [from, to] = [0, end];

  // What holds at an instant: the last of `ms|…;ms|…` that does not come after it.
  const series = (text) => text.split(";").map((part) => {
    const [at, ...rest] = part.split("|");
    return { at: Number(at), rest };
  });
  const at = (steps, now) => (steps.findLast((step) => step.at <= now) ?? { rest: ["", "", ""] }).rest;

  // As the page writes instants: 1h5m, 30s.
  const clock = (ms) => {
    const s = Math.round(ms / 1000);
    const parts = [[Math.floor(s / 3600), "h"], [Math.floor(s / 60) % 60, "m"], [s % 60, "s"]];
    return parts.filter(([count]) => count > 0).map((part) => part.join("")).join("") || "0s";
  };

  const lines = drawings.map((svg) => {
    const line = document.createElementNS(svg.namespaceURI, "path");
    line.setAttribute("class", "cursor");
    svg.append(line);
    return { line, height: svg.viewBox.baseVal.height, svg };
  });

  const list = document.getElementById("cursor-state");
  const told = [...document.querySelectorAll("[data-values]")].map((lane) => {
    const item = document.createElement("span");
    list.append(item);
    return { item, label: lane.dataset.label ?? lane.querySelector(".label").textContent, steps: series(lane.dataset.values) };
  });

  const still = document.querySelector("figure.architecture");
  const things = [];
  let caption;
  if (still) {
    const live = still.cloneNode(true);
    live.classList.add("live");
    caption = live.querySelector("figcaption");
    for (const text of live.querySelectorAll("text[data-looks]")) things.push({ text, steps: series(text.dataset.looks) });
    still.before(live);
  }

  const show = () => {
    const now = Number(slider.value);
    const x = now / end * width;
    document.getElementById("cursor-now").textContent = clock(now);
    slider.setAttribute("aria-valuetext", clock(now));
    for (const { line, height } of lines) line.setAttribute("d", `M${x} 0V${height}`);
    for (const { item, label, steps } of told) {
      const [value] = at(steps, now);
      item.textContent = value ? `${label}: ${value}` : "";
    }
    if (caption) caption.textContent = `At the cursor, at ${clock(now)}`;
    for (const { text, steps } of things) {
      const [look, mark, words] = at(steps, now);
      text.setAttribute("class", `thing ${look}`);
      text.querySelector(".mark").textContent = mark;
      text.querySelector(".words").textContent = words;
    }
  };

  const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400];
  const zoom = (begin, until) => {
    const span = Math.min(end, Math.max(until - begin, 10_000));
    from = Math.round(Math.min(Math.max(begin, 0), end - span));
    to = Math.round(from + span);
    for (const { svg, height } of lines) {
      svg.setAttribute("viewBox", `${from / end * width} 0 ${(to - from) / end * width} ${height}`);
    }
    const step = 1000 * (STEPS.find((s) => s * 10_000 >= to - from) ?? Math.ceil((to - from) / 864e6) * 86400);
    for (const ticks of document.querySelectorAll(".ticks > div")) {
      ticks.replaceChildren();
      let free = 0;
      for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step) {
        const mark = document.createElement("span");
        const part = (tick - from) / (to - from);
        // The last one stands before its line, where there is room for it.
        if (part > 0.96 && part < free + 0.11) break;
        free = part + 0.11;
        mark.style.left = `${part * 100}%`;
        mark.textContent = clock(tick);
        if (part > 0.96) mark.className = "last";
        ticks.append(mark);
      }
    }
    slider.min = from;
    slider.max = to;
    slider.step = Math.max(100, Math.round((to - from) / 1_000_000) * 1000);
    show();
  };
  const around = (factor) => {
    const half = (to - from) * factor / 2;
    zoom(Number(slider.value) - half, Number(slider.value) + half);
  };

  for (const { svg } of lines) {
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      slider.value = from + (event.clientX - box.left) / box.width * (to - from);
      show();
    });
  }
  slider.addEventListener("input", show);
  document.getElementById("cursor-in").addEventListener("click", () => around(0.5));
  document.getElementById("cursor-out").addEventListener("click", () => around(2));
  document.getElementById("cursor-whole").addEventListener("click", () => zoom(0, end));
  window.addEventListener("beforeprint", () => zoom(0, end));

  bar.hidden = false;
  slider.max = end;
  slider.value = bar.dataset.at;
  zoom(0, end);
})();
