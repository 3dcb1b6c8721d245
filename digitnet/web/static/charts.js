/** Charts: quiet lines with uPlot; no boxes, thin axes, names at the lines' ends. */

import uPlot from "./vendor/uPlot.esm.js";
import { colour } from "./theme.js";

/** @typedef {{name: string, colour: string, ink?: string, width: number, label: boolean, dash?: number[],
 *   points?: boolean}} Line */
/** @typedef {{at: number, text: string}} Mark */
/** @typedef {{tables: uPlot.AlignedData[], lines: Line[], marks: Mark[], range: [number, number]}} Shown */

const FONT = "12px system-ui, sans-serif";
const ROOM_FOR_NAMES = 96;
const BETWEEN_NAMES = 14;
/** The words of marks stand above the curves, on so many rows, so that they do not touch. */
const MARK_ROWS = 3;
const FEW_EPOCHS = 30;
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500];
/** A logarithmic axis over more than so many powers of ten has no ticks between them. */
const FEW_POWERS = 1.7;

export class Chart {
  /**
   * @param {HTMLElement} where
   * @param {{log?: boolean, format: (value: number) => string,
   *   reach: (low: number | null, high: number | null) => [number, number]}} options
   */
  constructor(where, options) {
    this.where = where;
    this.options = options;
    /** @type {uPlot | null} */
    this.plot = null;
    this.made = "";
    /** @type {Shown | null} */
    this.shown = null;
    new ResizeObserver(() => this.resized()).observe(where);
  }

  resized() {
    const { clientWidth: width, clientHeight: height } = this.where;
    if (width && height) this.plot?.setSize({ width, height });
    if (width && height && !this.plot && this.shown) this.show(this.shown);
  }

  /** @param {Shown} shown */
  show(shown) {
    this.shown = shown;
    if (!this.where.clientWidth || !this.where.clientHeight) return;
    const data = shown.tables.length > 1 ? uPlot.join(shown.tables) : shown.tables[0];
    const made = JSON.stringify([rowsOf(shown), ...shown.lines.map((line) => [line.colour, line.width, line.dash, line.points])]);
    if (this.plot && this.made === made) {
      this.plot.setData(data);
      return;
    }
    this.plot?.destroy();
    this.made = made;
    this.plot = new uPlot(this.layout(shown), data, this.where);
  }

  /** @param {Shown} shown @returns {uPlot.Options} */
  layout(shown) {
    const axis = {
      stroke: colour("soft"),
      font: FONT,
      grid: { stroke: colour("line"), width: 1 },
      ticks: { show: false },
    };
    const { log, format, reach } = this.options;
    return {
      width: this.where.clientWidth,
      height: this.where.clientHeight,
      padding: [12 + BETWEEN_NAMES * rowsOf(shown), ROOM_FOR_NAMES, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: () => this.shown?.range ?? [0, 1] },
        y: { distr: log ? 3 : 1, range: (_, low, high) => reach(low, high) },
      },
      axes: [
        { ...axis, grid: { show: false }, size: 28, incrs: WHOLE_STEPS, values: (_, ticks) => ticks.map(String) },
        {
          ...axis,
          size: 48,
          space: 28,
          ...(log ? { splits: (_, __, min, max) => logTicks(min, max) } : {}),
          values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : format(tick))),
        },
      ],
      series: [
        {},
        ...shown.lines.map((line) => ({
          stroke: line.colour,
          width: line.width,
          dash: line.dash,
          spanGaps: true,
          points: { show: line.points === true, size: 5, fill: line.colour },
        })),
      ],
      hooks: { drawClear: [(plot) => this.drawMarks(plot)], draw: [(plot) => this.drawNames(plot)] },
    };
  }

  /** @param {uPlot} plot */
  drawMarks(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.scale(devicePixelRatio, devicePixelRatio);
    ctx.font = FONT;
    ctx.textAlign = "left";
    ctx.fillStyle = colour("soft");
    ctx.strokeStyle = colour("soft");
    ctx.setLineDash([2, 3]);
    ctx.textBaseline = "top";
    const top = bbox.top / devicePixelRatio;
    const rows = this.shown ? rowsOf(this.shown) : 0;
    for (const [i, { at, text }] of (this.shown?.marks ?? []).entries()) {
      const x = plot.valToPos(at, "x") + bbox.left / devicePixelRatio;
      const y = text ? top - (rows - (i % MARK_ROWS)) * BETWEEN_NAMES - 2 : top;
      ctx.beginPath();
      ctx.moveTo(x, y);
      ctx.lineTo(x, top + bbox.height / devicePixelRatio);
      ctx.stroke();
      ctx.fillText(text, x + 4, y);
    }
    ctx.restore();
  }

  /** @param {uPlot} plot */
  drawNames(plot) {
    const { ctx, bbox, data } = plot;
    const left = bbox.left / devicePixelRatio;
    const top = bbox.top / devicePixelRatio;
    const names = (this.shown?.lines ?? []).flatMap((line, i) => {
      const values = data[i + 1];
      const last = values ? lastOf(values) : -1;
      if (!line.label || last < 0) return [];
      const y = plot.valToPos(/** @type {number} */ (values[last]), "y") + top;
      return [{ line, y, x: plot.valToPos(data[0][last], "x") + left }];
    });
    names.sort((a, b) => a.y - b.y);
    ctx.save();
    ctx.scale(devicePixelRatio, devicePixelRatio);
    ctx.font = FONT;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    /** @type {{x: number, at: number}[]} */
    const placed = [];
    for (const { line, y, x } of names) {
      const near = placed.filter((other) => Math.abs(other.x - x) < ROOM_FOR_NAMES);
      const at = Math.max(top, y, ...near.map((other) => other.at + BETWEEN_NAMES));
      placed.push({ x, at });
      ctx.fillStyle = line.ink ?? line.colour;
      const room = left + bbox.width / devicePixelRatio + ROOM_FOR_NAMES - x - 8;
      ctx.fillText(shortened(ctx, line.name, room), x + 8, at);
    }
    ctx.restore();
  }
}

/** Rows above the curves for the words of marks. @param {Shown} shown */
function rowsOf({ marks }) {
  return marks.some(({ text }) => text) ? Math.min(marks.length, MARK_ROWS) : 0;
}

/** Ticks of a logarithmic axis: powers of ten, and 2 and 5 of each where there are few.
 * @param {number} min @param {number} max */
function logTicks(min, max) {
  const firsts = Math.log10(max / min) > FEW_POWERS ? [1] : [1, 2, 5];
  const ticks = [];
  for (let power = Math.floor(Math.log10(min)); 10 ** power <= max; power++) {
    ticks.push(...firsts.map((first) => first * 10 ** power));
  }
  return ticks.filter((tick) => tick >= min && tick <= max);
}

/** As much of a name as there is room for.
 * @param {CanvasRenderingContext2D} ctx @param {string} name @param {number} room */
function shortened(ctx, name, room) {
  let text = name;
  for (let n = name.length - 1; n > 0 && ctx.measureText(text).width > room; n--) {
    text = `${name.slice(0, n)}…`;
  }
  return text;
}

/** Whether epochs are few enough to show each as a point. @param {number} n */
export function fewEpochs(n) {
  return n <= FEW_EPOCHS;
}

/** @param {ArrayLike<number | null | undefined>} values */
function lastOf(values) {
  let last = values.length - 1;
  while (last >= 0 && (values[last] === null || values[last] === undefined)) last -= 1;
  return last;
}
