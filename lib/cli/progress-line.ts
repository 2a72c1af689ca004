/**
 * Progress for a terminal or a log: a line for each step, then one a second with the rate and the time left.
 * A total of 0 is one that is not known.
 */
export class ProgressLine {
  #step = "";
  #stepStarted = 0;
  #written = 0;

  update({ step, done, total, unit }: { step: string; done: number; total: number; unit: string }): void {
    const now = performance.now();
    if (step !== this.#step) {
      this.#step = step;
      this.#stepStarted = now;
      this.#written = now;
      process.stderr.write(`  ${step}: ${total > 0 ? share(done, total) : shown(done, unit)}\n`);
    }
    if (now - this.#written < 1000) return;
    this.#written = now;
    const rate = done / ((now - this.#stepStarted) / 1000);
    const left = rate > 0 && total > 0 ? `, ${Math.ceil((total - done) / rate)} s left` : "";
    const place = total > 0 ? share(done, total) : shown(done, unit);
    process.stderr.write(`  ${step}: ${place}, ${shown(rate, unit)} a second${left}\n`);
  }
}

function share(done: number, total: number): string {
  return `${Math.floor((100 * done) / Math.max(1, total))} %`;
}

function shown(amount: number, unit: string): string {
  return unit === "bytes" ? `${(amount / 1e6).toFixed(1)} MB` : `${Math.round(amount)} ${unit}`;
}
