/** Below this copying is cheaper than handing a buffer over. */
const WORTH_TRANSFERRING = 16_384;

/** What may come along with a view, in bytes, before it is worth a copy. */
const WORTH_CUTTING = 1024;

/** Tensors by name are two levels; a list of such, three. */
const DEEPEST = 3;

/**
 * A thread's input, as it is to be posted. The caller's buffers are never handed over, only copied; what lies in a
 * `SharedArrayBuffer` is read in place. A view of a part of a larger buffer is cut out first: posted as it is, it
 * would take the whole buffer along, which is how rows of a large matrix get slow.
 *
 * @param transfer gets the copies made here
 */
export function packInput(input: unknown, transfer: ArrayBuffer[]): unknown {
  return mapViews(input, 0, (view) => {
    if (!isPart(view)) return view;
    const cut = copyOf(view);
    transfer.push(cut.buffer);
    return cut;
  });
}

/**
 * A thread's result, as it is to be posted: its buffers are handed over. A model that gives the same array twice gives a
 * detached one the second time, which cannot be posted: an error, not wrong numbers.
 *
 * @param transfer gets the buffers
 */
export function packResult(result: unknown, transfer: ArrayBuffer[]): unknown {
  return mapViews(result, 0, (view) => {
    const posted = isPart(view) ? copyOf(view) : view;
    const { buffer } = posted;
    const whole = buffer.byteLength === posted.byteLength;
    if (buffer instanceof ArrayBuffer && whole && buffer.byteLength >= WORTH_TRANSFERRING) {
      if (!transfer.includes(buffer)) transfer.push(buffer);
    }
    return posted;
  });
}

/**
 * What came through a pipe: small views are of the chunk that was read, with whatever else was in it. They get buffers
 * of their own, so that four floats kept do not keep 64 KiB of other requests' bytes.
 */
export function unpackPiped(value: unknown): unknown {
  return mapViews(value, 0, (view) => (isPart(view) ? copyOf(view) : view));
}

function isPart(view: ArrayBufferView): boolean {
  return view.buffer instanceof ArrayBuffer && view.buffer.byteLength > view.byteLength + WORTH_CUTTING;
}

function copyOf(view: ArrayBufferView): ArrayBufferView<ArrayBuffer> {
  // Not `view.slice()`: a Buffer's does not copy, and a DataView has none.
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  if (view instanceof Uint8Array) return bytes;
  const Same = view.constructor as new (buffer: ArrayBuffer) => typeof bytes;
  return new Same(bytes.buffer);
}

/** The value with its views replaced; the same object where none is, and never a change to the one given. */
function mapViews(value: unknown, depth: number, map: (view: ArrayBufferView) => ArrayBufferView): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return map(value);
  if (depth >= DEEPEST || !isTree(value)) return value;
  let copy: Record<string, unknown> | undefined;
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    if (typeof member !== 'object') continue;
    const mapped = mapViews(member, depth + 1, map);
    if (mapped === member) continue;
    copy ??= (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
    copy[key] = mapped;
  }
  return copy ?? value;
}

/** Plain objects and lists of objects; a list of numbers or texts, which may be long, is passed by. */
function isTree(value: object): boolean {
  if (Array.isArray(value)) return typeof value[0] === 'object';
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
