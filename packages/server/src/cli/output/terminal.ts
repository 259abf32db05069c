import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Where the command writes: a terminal that a person looks at, or a file or pipe. */
export interface Terminal {
  readonly isTty: boolean;
  readonly hasColours: boolean;
  /** Characters in a line. */
  readonly columns: number;
  write(text: string): void;
  /** Styles a text where the terminal shows colours; `NO_COLOR` turns them off. */
  paint(style: Style, text: string): string;
}

export function terminalOf(stream: NodeJS.WriteStream): Terminal {
  const hasColours = stream.isTTY === true && stream.hasColors();
  return {
    isTty: stream.isTTY === true,
    hasColours,
    get columns() {
      return stream.columns ?? 80;
    },
    write: (text) => void stream.write(text),
    paint: (style, text) => (hasColours ? styleText(style, text) : text),
  };
}
