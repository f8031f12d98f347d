// Run the school's own face detector (YuNet) in the page, so that no picture has to leave it for a hint.
// Only what this net needs of ONNX is here: convolution, pooling, adding, doubling, sigmoid; tables of small integers in blocks.
// Source: Protocol Buffers, encoding; ONNX, onnx.proto. Activations stand as {c, h, w, data}, one plane behind the other.

const text = new TextDecoder();

/** Return the fields of a message as [number, value] pairs: numbers for varints, bytes for everything else. */
function fields(bytes) {
  const found = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const kind = key % 8;
    if (kind === 0) found.push([Math.floor(key / 8), varint()]);
    else {
      const size = kind === 2 ? varint() : kind === 1 ? 8 : 4;
      found.push([Math.floor(key / 8), bytes.subarray(at, at + size)]);
      at += size;
    }
  }
  return found;
}

/** Read a table: its name, its shape and its numbers. */
function readTable(bytes) {
  const table = { shape: [], name: "" };
  let raw = new Uint8Array();
  let type = 1;
  for (const [number, value] of fields(bytes)) {
    if (number === 1) table.shape.push(value);
    else if (number === 2) type = value;
    else if (number === 8) table.name = text.decode(value);
    else if (number === 9) raw = value;
  }
  const whole = raw.slice().buffer; // aligned
  const Numbers = { 1: Float32Array, 2: Uint8Array, 3: Int8Array, 6: Int32Array }[type];
  table.data = Numbers ? new Numbers(whole) : Array.from(new BigInt64Array(whole), Number);
  return table;
}

/** Read a step: what it is, what goes in and comes out, its numbers. */
function readStep(bytes) {
  const step = { kind: "", from: [], to: [], with: {} };
  for (const [number, value] of fields(bytes)) {
    if (number === 1) step.from.push(text.decode(value));
    else if (number === 2) step.to.push(text.decode(value));
    else if (number === 4) step.kind = text.decode(value);
    else if (number === 5) {
      const parts = fields(value);
      const [, name] = parts.find(([n]) => n === 1);
      const list = parts.filter(([n]) => n === 8).map(([, v]) => v);
      step.with[text.decode(name)] = list.length ? list : (parts.find(([n]) => n === 3) || [])[1];
    }
  }
  return step;
}

/** Turn small integers into numbers: each block of a row has a scale and a zero of its own. */
function widen([small, scales, zeros]) {
  const size = small.data.length / scales.data.length;
  const data = Float32Array.from(small.data, (value, i) => (value - zeros.data[Math.floor(i / size)]) * scales.data[Math.floor(i / size)]);
  return { shape: small.shape, data };
}

/** One plane of `from`, laid over with a kernel of k x k and added to `to`. */
function addPlane(from, to, kernel, k, stride, pad) {
  for (let ky = 0; ky < k; ky += 1) {
    for (let kx = 0; kx < k; kx += 1) {
      const weight = kernel[ky * k + kx];
      for (let y = 0; y < to.h; y += 1) {
        const row = y * stride + ky - pad;
        if (row < 0 || row >= from.h) continue;
        const first = kx < pad ? Math.ceil((pad - kx) / stride) : 0;
        const last = Math.min(to.w, Math.floor((from.w - 1 + pad - kx) / stride) + 1);
        let source = row * from.w + first * stride + kx - pad;
        for (let x = y * to.w + first; x < y * to.w + last; x += 1, source += stride) to.data[x] += weight * from.data[source];
      }
    }
  }
}

/** Kernels of one number: four planes at a time, most of the net's work. */
function mix(input, { shape, data: weights }, bias) {
  const [c, planes] = shape;
  const size = input.h * input.w;
  const made = { c, h: input.h, w: input.w, data: new Float32Array(c * size) };
  const from = input.data;
  for (let out = 0; out < c; out += 1) {
    const to = made.data.subarray(out * size, (out + 1) * size);
    if (bias) to.fill(bias.data[out]);
    for (let plane = 0; plane < planes; plane += 4) {
      const [one, two, three, four] = [0, 1, 2, 3].map((i) => (plane + i < planes ? weights[out * planes + plane + i] : 0));
      const [a, b, d, e] = [0, 1, 2, 3].map((i) => Math.min(plane + i, planes - 1) * size);
      for (let x = 0; x < size; x += 1) to[x] += one * from[a + x] + two * from[b + x] + three * from[d + x] + four * from[e + x];
    }
  }
  return made;
}

function convolve(step, [input, { shape, data: weights }, bias]) {
  const [c, perGroup, k] = shape;
  if (k === 1) return mix(input, { shape, data: weights }, bias);
  const stride = step.with.strides[0];
  const pad = step.with.pads[0];
  const [h, w] = [input.h, input.w].map((side) => Math.floor((side + 2 * pad - k) / stride) + 1);
  const made = { c, h, w, data: new Float32Array(c * h * w) };
  const perOutput = c / (input.c / perGroup);
  for (let out = 0; out < c; out += 1) {
    const to = { h, w, data: made.data.subarray(out * h * w, (out + 1) * h * w) };
    if (bias) to.data.fill(bias.data[out]);
    for (let i = 0; i < perGroup; i += 1) {
      const plane = Math.floor(out / perOutput) * perGroup + i;
      const from = { h: input.h, w: input.w, data: input.data.subarray(plane * input.h * input.w, (plane + 1) * input.h * input.w) };
      const place = (out * perGroup + i) * k * k;
      addPlane(from, to, weights.subarray(place, place + k * k), k, stride, pad);
    }
  }
  return made;
}

/** Half or twice as large: `pick(plane, x, y)` says what stands in a place. */
function resized(input, [h, w], pick) {
  const made = { c: input.c, h, w, data: new Float32Array(input.c * h * w) };
  for (let c = 0, i = 0; c < input.c; c += 1) {
    const plane = input.data.subarray(c * input.h * input.w, (c + 1) * input.h * input.w);
    for (let y = 0; y < h; y += 1) for (let x = 0; x < w; x += 1, i += 1) made.data[i] = pick(plane, x, y);
  }
  return made;
}

const each = (input, change) => ({ ...input, data: input.data.map(change) });

const STEPS = {
  DequantizeLinear: (_, from) => widen(from),
  Conv: convolve,
  Relu: (_, [input]) => each(input, (value) => Math.max(value, 0)),
  Sigmoid: (_, [input]) => each(input, (value) => 1 / (1 + Math.exp(-value))),
  Add: (_, [one, other]) => each(one, (value, i) => value + other.data[i]),
  MaxPool: (_, [input]) =>
    resized(input, [input.h >> 1, input.w >> 1], (plane, x, y) => {
      const at = 2 * y * input.w + 2 * x;
      return Math.max(plane[at], plane[at + 1], plane[at + input.w], plane[at + input.w + 1]);
    }),
  Resize: (_, [input]) => resized(input, [2 * input.h, 2 * input.w], (plane, x, y) => plane[(y >> 1) * input.w + (x >> 1)]),
  Reshape: (_, [input, shape]) => (input.shape ? { shape: shape.data, data: input.data } : input),
  Transpose: (_, [input]) => input, // planes stay as they are: whoever reads them knows
};

/** Return run(picture, names): the values of those names for a picture {c: 3, h, w, data} whose sides 32 divides. */
export function readNet(bytes) {
  const [, graph] = fields(bytes).find(([number]) => number === 7);
  const tables = new Map();
  const makers = new Map();
  for (const [number, value] of fields(graph)) {
    if (number === 5) {
      const table = readTable(value);
      tables.set(table.name, table);
    } else if (number === 1) {
      const step = readStep(value);
      step.to.forEach((name) => makers.set(name, step));
    }
  }
  const need = (name, values) => {
    if (values.has(name)) return values.get(name);
    const step = makers.get(name);
    const made = STEPS[step.kind](step, step.from.map((from) => tables.get(from) || need(from, values)));
    (made.shape ? tables : values).set(name, made); // tables are widened once
    return made;
  };
  return (picture, names) => {
    const values = new Map([["input", picture]]);
    return names.map((name) => need(name, values));
  };
}
