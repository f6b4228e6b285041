// The one clock of the stage: where in the run we are, and how that moves. It knows frames and speed, nothing of pictures.

const FRAMES_A_SECOND = 15; // at speed 1, of a run that does not say how long each of its frames is shown
const LONGEST_TICK = 0.1; // seconds; a page that was hidden goes on where it was, it does not leap
const REST = 0.9; // seconds at the end before a loop starts again

export class Clock {
  constructor(changed) {
    this.changed = changed; // called after every move, with true when the clock was set by hand
    this.position = 0;
    this.last = 0;
    this.seconds = null;
    this.settled = null;
    this.playing = false;
    this.speed = 1;
    this.loop = false;
    this.stop = false;
    this.until = null; // a frame before the end at which to stop once, such as where a step of a lesson ends
    this.rest = 0;
    this.before = null;
    this.request = null;
    this.tick = this.tick.bind(this);
  }

  get frame() {
    return Math.floor(this.position);
  }
  get end() {
    const end = this.stop && this.settled !== null ? this.settled : this.last;
    return this.until === null ? end : Math.min(end, this.until);
  }

  play() {
    if (this.playing) return;
    if (this.until !== null && this.position >= this.until) this.until = null; // and on
    if (this.position >= this.end) this.position = 0;
    this.playing = true;
    this.before = null;
    this.rest = 0;
    this.request = requestAnimationFrame(this.tick);
    this.changed(true);
  }

  pause() {
    cancelAnimationFrame(this.request);
    this.playing = false;
    this.position = this.frame;
    this.changed(true);
  }

  toggle() {
    this.playing ? this.pause() : this.play();
  }

  seek(position) {
    this.position = Math.max(0, Math.min(this.last, position));
    this.rest = 0;
    this.changed(true);
  }

  step(count) {
    if (this.playing) this.pause();
    this.seek(this.frame + count);
  }

  // Another run: the same moment of time, and the end stays the end; playing or paused stays as it was.
  adopt(run, t, wasAtEnd) {
    this.last = run.last;
    this.until = null;
    this.seconds = run.arrays?.seconds ?? null;
    this.settled = run.settledFrame;
    const position = run.positionAt(t);
    this.position = wasAtEnd ? this.last : this.playing ? position : Math.floor(position);
  }

  tick(now) {
    if (!this.playing) return;
    const passed = this.before === null ? 0 : Math.min((now - this.before) / 1000, LONGEST_TICK);
    this.before = now;
    if (this.position >= this.end) {
      this.rest += passed;
      if (!this.loop) return this.pause();
      if (this.rest > REST) {
        this.position = 0;
        this.rest = 0;
      }
    } else {
      this.advance(passed * this.speed);
    }
    this.request = requestAnimationFrame(this.tick);
    this.changed(false);
  }

  // So many seconds on, at speed 1: from frame to frame, each of which lasts as long as the run says.
  advance(seconds) {
    while (this.position < this.end) {
      const lasts = this.seconds?.[this.frame] || 1 / FRAMES_A_SECOND;
      const left = (this.frame + 1 - this.position) * lasts;
      if (seconds < left) {
        this.position = Math.min(this.end, this.position + seconds / lasts);
        return;
      }
      seconds -= left;
      this.position = this.frame + 1;
    }
  }

  destroy() {
    cancelAnimationFrame(this.request);
    this.playing = false;
  }
}
