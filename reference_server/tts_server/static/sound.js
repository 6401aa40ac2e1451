// Samples in, sound and pictures out: playing while they come, a WAV file, a waveform.
const LEAD = 0.1;

// Plays 16-bit samples as they come: each piece starts where the one before ends.
export class Player {
  constructor(rate) {
    this.rate = rate;
    this.context = new AudioContext({ sampleRate: rate });
    this.next = 0;
    this.started = null;
  }

  push(samples) {
    const buffer = this.context.createBuffer(1, samples.length, this.rate);
    const channel = buffer.getChannelData(0);
    for (let place = 0; place < samples.length; place += 1) channel[place] = samples[place] / 32768;
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.context.destination);
    this.next = Math.max(this.next, this.context.currentTime + LEAD);
    if (this.started === null) this.started = this.next;
    source.start(this.next);
    this.next += buffer.duration;
  }

  left() {
    return Math.max(0, this.next - this.context.currentTime);
  }

  // Seconds heard so far.
  heard() {
    return this.started === null ? 0 : Math.max(0, this.context.currentTime - this.started);
  }

  close() {
    if (this.context.state !== "closed") this.context.close();
  }
}

export function wavFile(parts, rate) {
  const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const view = new DataView(new ArrayBuffer(44));
  const word = (place, text) => [...text].forEach((sign, offset) => view.setUint8(place + offset, sign.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, length + 36, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, length, true);
  return new Blob([view.buffer, ...parts], { type: "audio/wav" });
}

// The loudest sample of each of `count` stretches, 0 to 1.
function peaks(parts, total, count) {
  const found = new Float32Array(count);
  let place = 0;
  for (const part of parts) {
    for (let index = 0; index < part.length; index += 1, place += 1) {
      const column = Math.floor((place * count) / total);
      found[column] = Math.max(found[column], Math.abs(part[index]) / 32768);
    }
  }
  return found;
}

export class Wave {
  constructor(canvas) {
    this.canvas = canvas;
    this.parts = [];
    this.total = 0;
    this.drawn = null;
  }

  clear() {
    this.parts = [];
    this.total = 0;
    this.drawn = null;
  }

  push(samples) {
    this.parts.push(samples);
    this.total += samples.length;
    this.drawn = null;
  }

  // `share` of it, 0 to 1, has been heard.
  draw(share) {
    const canvas = this.canvas;
    const scale = window.devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * scale);
    const height = Math.round(canvas.clientHeight * scale);
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      this.drawn = null;
    }
    const step = 3 * scale;
    const count = Math.max(1, Math.floor(width / step));
    if (this.drawn === null) this.drawn = peaks(this.parts, Math.max(1, this.total), count);
    const colours = getComputedStyle(canvas);
    const brush = canvas.getContext("2d");
    brush.clearRect(0, 0, width, height);
    this.drawn.forEach((peak, column) => {
      brush.fillStyle = column / count < share ? colours.color : colours.outlineColor;
      const tall = Math.max(2 * scale, Math.min(1, peak * 1.2) * height);
      brush.fillRect(column * step, (height - tall) / 2, 2 * scale, tall);
    });
  }
}
