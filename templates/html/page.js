"use strict";
// Tables marked data-sortable sort by any column; rows marked data-fixed (totals) stay last.
(() => {
  const value = (row, place, kind) => {
    const cell = row.cells[place];
    const held = cell.dataset.value ?? cell.textContent.trim();
    if (kind !== "number") return held;
    const number = Number.parseFloat(held.replace(/\u2212/g, "-").replace(/[^0-9.eE+-]/g, ""));
    return Number.isNaN(number) ? null : number;
  };
  const compare = (left, right) =>
    typeof left === "number" ? left - right : left.localeCompare(right, "en", { numeric: true });
  const sort = (table, place, kind, direction) => {
    const body = table.tBodies[0];
    const moving = [...table.pfRows].filter((row) => !("fixed" in row.dataset));
    const fixed = [...table.pfRows].filter((row) => "fixed" in row.dataset);
    if (direction !== "none") {
      const keyed = moving.map((row) => [value(row, place, kind), row]);
      const filled = keyed.filter(([key]) => key !== null && key !== "");
      const empty = keyed.filter(([key]) => key === null || key === "");
      const sign = direction === "ascending" ? 1 : -1;
      filled.sort((left, right) => sign * compare(left[0], right[0]));
      body.append(...[...filled, ...empty].map(([, row]) => row), ...fixed);
    } else {
      body.append(...table.pfRows);
    }
  };
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    table.pfRows = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    heads.forEach((head, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "pf-sort";
      const swatch = head.querySelector(".pf-swatch"); // stays below, so the arrow is beside the words
      button.append(...[...head.childNodes].filter((node) => node !== swatch));
      head.prepend(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const first = head.dataset.sort === "number" ? "descending" : "ascending";
        const second = first === "ascending" ? "descending" : "ascending";
        const now = head.getAttribute("aria-sort");
        const next = now === "none" ? first : now === first ? second : "none";
        heads.forEach((other) => other.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", next);
        sort(table, place, head.dataset.sort, next);
      });
    });
  }
})();
