// What the pages do beyond plain HTML: forms that are sent once, runs that are followed, tracks that are played.
// Everything works without it, only with more reloading.

const one = (selector, from = document) => from.querySelector(selector);
const every = (selector, from = document) => [...from.querySelectorAll(selector)];

// --- forms -----------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = one("button", form);
  if (!form.dataset.busy || !button) return;
  if (button.getAttribute("aria-disabled") === "true") {
    event.preventDefault();
    return;
  }
  button.dataset.idle = button.textContent;
  button.setAttribute("aria-disabled", "true");
  button.textContent = form.dataset.busy;
});

// A page that comes back from the browser's cache is as it was left.
window.addEventListener("pageshow", () => {
  for (const button of every("button[data-idle]")) {
    button.textContent = button.dataset.idle;
    button.removeAttribute("aria-disabled");
    delete button.dataset.idle;
  }
});

// --- covers ----------------------------------------------------------------------------------------

// Without a network, or once SoundCloud has dropped a picture, there is a pattern instead of a broken one.
function blank(cover) {
  const pattern = document.createElement("span");
  pattern.className = "cover none";
  pattern.setAttribute("aria-hidden", "true");
  cover.replaceWith(pattern);
}

document.addEventListener("error", (event) => { if (event.target.matches?.("img.cover")) blank(event.target); }, true);
every("img.cover").filter((cover) => cover.complete && !cover.naturalWidth).forEach(blank);

// --- a run -----------------------------------------------------------------------------------------

function parsed(html) {
  const holder = document.createElement("template"); // rows of a table keep their form in it, and no script runs
  holder.innerHTML = html;
  return holder.content;
}

function showState(html) {
  const state = one("#state");
  for (const fresh of every("[data-live]", parsed(html))) {
    const old = one(`[data-live="${fresh.dataset.live}"]`, state);
    if (!old || old.innerHTML === fresh.innerHTML || isBusy(old, fresh)) continue;
    const focused = old.contains(document.activeElement);
    old.replaceChildren(...fresh.childNodes); // the element itself stays: a live region must
    if (focused) (one("button, a", old) ?? one("#main")).focus({ preventScroll: true });
  }
}

// A button that has been pressed says so until it is gone.
function isBusy(old, fresh) {
  return one("button[data-idle]", old) !== null && one("button", fresh) !== null;
}

function showTracks(html) {
  const lines = one("#lines");
  for (const fresh of every("tr", parsed(html))) {
    const old = document.getElementById(fresh.id);
    fresh.classList.add("moved");
    if (!old) lines.append(fresh);
    else if (old.contains(document.activeElement)) swapAndFocus(old, fresh);
    else old.replaceWith(fresh);
  }
}

function swapAndFocus(old, fresh) {
  old.replaceWith(fresh);
  one("a", fresh)?.focus({ preventScroll: true });
}

function follow(live) {
  const lost = one("#lost");
  const events = new EventSource(live.dataset.events);
  events.addEventListener("open", () => { lost.hidden = true; });
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) lost.textContent = lost.dataset.closed;
    lost.hidden = events.readyState === EventSource.OPEN;
  });
  events.addEventListener("state", (event) => showState(event.data));
  events.addEventListener("tracks", (event) => showTracks(event.data));
  events.addEventListener("done", () => { events.close(); lost.hidden = true; });
  window.addEventListener("pagehide", () => events.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

const live = one("#live[data-events]");
if (live) follow(live);

// --- the player ------------------------------------------------------------------------------------

const STEP = 5; // seconds that an arrow key moves
const WAVES = `./vendor/wavesurfer.esm.js${new URL(import.meta.url).search}`; // of the same version as this file

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds || 0));
  const [hours, minutes, left] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(left)}` : `${minutes}:${two(left)}`;
}

class Player {
  constructor(section) {
    this.section = section;
    this.audio = new Audio();
    this.audio.preload = "metadata";
    this.wave = one("[data-wave]", section);
    this.asked = 0; // counts what was asked for: a late answer to an earlier one is dropped
    this.listen();
  }

  listen() {
    const { audio, section } = this;
    one("[data-toggle]", section).addEventListener("click", () => this.toggle());
    one("[data-close]", section).addEventListener("click", () => this.close());
    for (const button of every("[data-step]", section)) {
      button.addEventListener("click", () => this.step(Number(button.dataset.step)));
    }
    for (const name of ["play", "pause"]) audio.addEventListener(name, () => this.mark());
    for (const name of ["timeupdate", "durationchange", "seeking"]) audio.addEventListener(name, () => this.tell());
    audio.addEventListener("ended", () => this.step(1));
    audio.addEventListener("error", () => { if (this.link) this.trouble("This file cannot be played here."); });
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("htmx:after:swap", () => this.mark());
  }

  // The rows are looked up anew each time: a filter may have replaced them.
  links() { return every("a[data-play]"); }

  open(link) {
    this.link = link.dataset.play;
    this.trouble("");
    one("[data-title]", this.section).textContent = link.dataset.name;
    this.section.hidden = false;
    this.audio.src = link.href;
    this.play();
    this.draw(link.dataset.play);
    this.tell();
  }

  async draw(id) {
    const asked = ++this.asked;
    this.surfer?.destroy();
    this.surfer = null;
    const [{ default: WaveSurfer }, peaks] = await Promise.all([import(WAVES), this.peaks(id)]);
    if (asked !== this.asked || !peaks) return;
    await this.known();
    if (asked !== this.asked) return;
    const colour = getComputedStyle(document.documentElement);
    this.surfer = WaveSurfer.create({
      container: this.wave,
      media: this.audio,
      peaks: [peaks],
      duration: this.audio.duration,
      height: 40,
      normalize: true,
      barWidth: 2,
      barGap: 1,
      barRadius: 1,
      waveColor: colour.getPropertyValue("--edge").trim(),
      progressColor: colour.getPropertyValue("--accent").trim(),
      cursorColor: colour.getPropertyValue("--ink").trim(),
      dragToSeek: true,
      cspNonce: one("script[nonce]")?.nonce,
    });
  }

  // The length must be known before the waveform is laid over it.
  known() {
    const { audio } = this;
    if (Number.isFinite(audio.duration)) return Promise.resolve();
    return new Promise((resolve) => audio.addEventListener("loadedmetadata", resolve, { once: true }));
  }

  async peaks(id) {
    try {
      const answer = await fetch(`/tracks/${encodeURIComponent(id)}/peaks`);
      if (!answer.ok) return null;
      const body = await answer.json();
      return Array.isArray(body) ? body : body.peaks;
    } catch {
      return null; // it plays without a picture
    }
  }

  play() {
    this.audio.play().catch((error) => { if (error.name === "NotAllowedError") this.mark(); });
  }

  toggle() {
    if (this.audio.paused) this.play();
    else this.audio.pause();
  }

  step(by) {
    const links = this.links();
    const next = links[links.findIndex((link) => link.dataset.play === this.link) + by];
    if (next) this.open(next);
    else this.mark();
  }

  seek(to) {
    if (Number.isFinite(this.audio.duration)) this.audio.currentTime = Math.min(this.audio.duration, Math.max(0, to));
  }

  close() {
    const before = this.links().find((link) => link.dataset.play === this.link);
    this.asked += 1;
    this.link = null;
    this.audio.pause();
    this.surfer?.destroy();
    this.surfer = null;
    this.audio.removeAttribute("src");
    this.section.hidden = true;
    this.mark();
    before?.focus();
  }

  mark() {
    const playing = !this.audio.paused && this.link !== null;
    const toggle = one("[data-toggle]", this.section);
    toggle.classList.toggle("is-playing", playing);
    toggle.setAttribute("aria-label", playing ? "Pause" : "Play");
    for (const link of this.links()) {
      const own = link.dataset.play === this.link;
      link.classList.toggle("is-playing", own && playing);
      link.closest("tr")?.classList.toggle("current", own);
    }
  }

  tell() {
    const { currentTime, duration } = this.audio;
    one("[data-now]", this.section).textContent = clock(currentTime);
    one("[data-whole]", this.section).textContent = clock(duration);
    this.wave.setAttribute("aria-valuemax", Math.floor(duration || 0));
    this.wave.setAttribute("aria-valuenow", Math.floor(currentTime));
    this.wave.setAttribute("aria-valuetext", `${clock(currentTime)} of ${clock(duration)}`);
  }

  trouble(words) { one("[data-trouble]", this.section).textContent = words; }

  key(event) {
    if (this.section.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    const onWave = event.target === this.wave;
    if (!onWave && event.target.closest("input, textarea, select, button, summary, a, [contenteditable]")) return;
    const now = this.audio.currentTime;
    const acts = {
      " ": () => this.toggle(),
      ArrowLeft: () => this.seek(now - STEP),
      ArrowRight: () => this.seek(now + STEP),
      ...(onWave && { Home: () => this.seek(0), End: () => this.seek(this.audio.duration) }),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }
}

const section = one("#player");
if (section) {
  const player = new Player(section);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-play]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    if (link.dataset.play === player.link) player.toggle();
    else player.open(link);
  });
}
