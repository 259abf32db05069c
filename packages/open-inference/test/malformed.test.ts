import { WarmsetError } from '@warmset/registry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DATATYPES, dtypeOf, formatInferRequest, parseInferRequest, signatureOf } from '../src/index.js';
import { anyTensor } from './support/tensors.js';

const LIMITS = { maxElements: 10_000, maxTensors: 8, maxDepth: 16 };

/** Whether it was read. What is not must be refused as the client's fault, whatever it is. */
function isRead(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(WarmsetError);
    expect(error).toMatchObject({ code: 'ERR_INPUT_INVALID' });
    return false;
  }
}

const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const junk = fc.jsonValue({ maxDepth: 4 });
/** Requests that are nearly right, so that each check is reached. */
const nearly = fc.record(
  {
    id: fc.oneof(fc.string(), junk),
    parameters: fc.oneof(fc.record({ binary_data_output: fc.oneof(fc.boolean(), junk) }), junk),
    inputs: fc.oneof(
      {
        weight: 9,
        arbitrary: fc.array(
          fc.record(
            {
              name: fc.oneof({ weight: 9, arbitrary: oneOf('x', 'y', '__proto__') }, junk),
              datatype: fc.oneof({ weight: 9, arbitrary: oneOf(...DATATYPES) }, junk),
              shape: fc.oneof(
                { weight: 9, arbitrary: fc.array(fc.nat({ max: 3 }), { maxLength: 3 }) },
                fc.array(fc.integer()),
                junk,
              ),
              data: fc.oneof(
                fc.array(fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.string(), junk)),
                junk,
              ),
              parameters: fc.oneof(
                fc.record({ binary_data_size: fc.oneof(fc.nat({ max: 20 }), junk) }),
                junk,
              ),
            },
            { requiredKeys: ['name', 'datatype', 'shape'] },
          ),
          { maxLength: 3 },
        ),
      },
      junk,
    ),
    outputs: fc.oneof(fc.array(fc.record({ name: fc.oneof(fc.string(), junk), parameters: junk })), junk),
  },
  { requiredKeys: ['inputs'] },
);

describe('whatever comes', () => {
  it('is read or refused: bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.option(fc.nat({ max: 20 }), { nil: undefined }), (body, length) => {
        isRead(() => parseInferRequest(body, length, LIMITS));
      }),
    );
  });

  it('is read or refused: JSON, with bytes behind it', () => {
    fc.assert(
      fc.property(nearly, fc.uint8Array(), fc.boolean(), (request, bytes, isSaid) => {
        const json = Buffer.from(JSON.stringify(request));
        isRead(() =>
          parseInferRequest(Buffer.concat([json, bytes]), isSaid ? json.length : undefined, LIMITS),
        );
        isRead(() => signatureOf(request));
      }),
      { numRuns: 2000 },
    );
  });

  it('is refused where a good request lacks bytes at its end, or has some too many', () => {
    const anyRequest = oneOf(...DATATYPES).chain((datatype) => anyTensor(dtypeOf(datatype)));
    fc.assert(
      fc.property(anyRequest, fc.integer({ min: -50, max: 50 }), (tensor, more) => {
        const { body, headerLength } = formatInferRequest({}, { x: tensor });
        const bytes = Buffer.from(body);
        const other = more < 0 ? bytes.subarray(0, more) : Buffer.concat([bytes, Buffer.alloc(more)]);
        expect(isRead(() => parseInferRequest(other, headerLength, LIMITS))).toBe(more === 0);
      }),
    );
  });

  it('is read or refused: a good request with a byte turned', () => {
    const anyRequest = oneOf(...DATATYPES).chain((datatype) => anyTensor(dtypeOf(datatype)));
    fc.assert(
      fc.property(anyRequest, fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 1 }), (tensor, at, byte, off) => {
        const { body, headerLength = 0 } = formatInferRequest({}, { x: tensor });
        const bytes = Buffer.from(body);
        bytes[at % bytes.length] = byte;
        isRead(() => parseInferRequest(bytes, headerLength + off, LIMITS));
      }),
      { numRuns: 1000 },
    );
  });
});
