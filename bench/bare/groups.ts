// What the bare programs that keep something have in common: a thread commits all that waits in one go, and only then
// comes the answer.

interface Waiting<Row, Said> {
  row: Row;
  answer(said: Said): void;
}

/** What the thread is handed: rows as JSON, and how many. It answers each group with one thing. */
export interface Group {
  rows: string;
  count: number;
}

export class Groups<Row, Said> {
  readonly #writer: Worker;
  #waiting: Waiting<Row, Said>[] = [];
  #under_way: Waiting<Row, Said>[] = [];

  /** `program`: the thread's. */
  constructor(program: URL, onOpen: () => void) {
    this.#writer = new Worker(program);
    this.#writer.addEventListener("open", onOpen);
    this.#writer.addEventListener("message", ({ data: said }: MessageEvent<Said>) => {
      const done = this.#under_way;
      this.#under_way = [];
      this.#commit();
      for (const { answer } of done) answer(said);
    });
  }

  /** Has the row committed, then calls `answer` with what the thread said of its group. */
  add(row: Row, answer: (said: Said) => void): void {
    this.#waiting.push({ row, answer });
    if (this.#waiting.length === 1) queueMicrotask(() => this.#commit());
  }

  #commit(): void {
    if (this.#under_way.length > 0 || this.#waiting.length === 0) return;
    this.#under_way = this.#waiting;
    this.#waiting = [];
    const rows = JSON.stringify(this.#under_way.map(({ row }) => row));
    this.#writer.postMessage({ rows, count: this.#under_way.length } satisfies Group);
  }
}
