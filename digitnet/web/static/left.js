/**
 * Left: for how long a training will go on, said without jumping about.
 *
 * The pace is a mean over some seconds. What is left grows less as it may, but grows more only where
 * it has become much more: the number on the page counts down.
 */

import { t } from "./language.js";

/** How much the latest measure of the pace counts. */
const NEW = 0.2;
/** Measures before anything is said: the first is of the start. */
const FEWEST = 2;
/** What is left may be so many times what was said, before more is said. */
const MORE = 1.3;
/** Up to so many seconds, what is said is a multiple of the second number. */
const ROUNDED = [[10, 1], [60, 5], [120, 10]];
const MINUTE = 60;
const HOUR = 60 * MINUTE;

export class Left {
  constructor() {
    /** Images per second, as they were measured so far, and measured last. */
    this.pace = 0;
    this.measured = 0;
    this.count = 0;
    this.seconds = 0;
  }

  /**
   * Seconds that are left; 0: not known.
   * @param {number} speed images per second, as measured last; 0: not measured so far
   * @param {number} images that will be learned from until the end
   */
  after(speed, images) {
    if (!speed) Object.assign(this, new Left());
    else if (speed !== this.measured) {
      this.measured = speed;
      this.count += 1;
      this.pace = this.count <= FEWEST ? speed : this.pace + NEW * (speed - this.pace);
    }
    if (this.count < FEWEST) return 0;
    const seconds = images / this.pace;
    if (!this.seconds || seconds < this.seconds || seconds > MORE * this.seconds) this.seconds = seconds;
    return this.seconds;
  }
}

/** 12 as "about 15 s left"; nothing of what is not known.
 * @param {number} seconds @param {boolean} [most] whether it may end before */
export function leftText(seconds, most = false) {
  if (!(seconds > 0 && Number.isFinite(seconds))) return "";
  const rest = duration(seconds);
  return most ? t`at most about ${rest} left` : t`about ${rest} left`;
}

/** @param {number} seconds */
function duration(seconds) {
  for (const [below, step] of ROUNDED) {
    const rounded = step * Math.ceil(seconds / step);
    if (rounded <= below) return `${rounded} s`;
  }
  return seconds < 2 * HOUR ? t`${Math.round(seconds / MINUTE)} min` : `${Math.round(seconds / HOUR)} h`;
}
