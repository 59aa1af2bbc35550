// The file that is cut out of a form is the one that Bun finds in it, and little is looked at to find it.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { limits } from "../../src/domain/limits.ts";
import { formSink } from "../../src/routes/form-file.ts";

const TYPE = "multipart/form-data; boundary=x";
const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const partOf = (disposition: string, content: string, ...more: string[]) =>
  `${["--x", `Content-Disposition: form-data; ${disposition}`, ...more].join("\r\n")}\r\n\r\n${content}\r\n`;
const formOf = (...parts: string[]) => bytes(`${parts.join("")}--x--\r\n`);
const FILE = 'name="file"; filename="a.png"';

/** What is handed on of a body that comes in pieces of such a length; an error's words where it is refused. */
async function fileInForm(body: Uint8Array, type: string, piece_bytes = body.length) {
  const pieces: Uint8Array[] = [];
  const sink = formSink(type, async (piece) => void pieces.push(Uint8Array.from(piece)));
  for (let at = 0; at < body.length; at += Math.max(1, piece_bytes)) {
    const error = await sink.write(body.subarray(at, at + piece_bytes));
    if (error) return { ok: false as const, error };
  }
  const error = sink.end();
  return error ? { ok: false as const, error } : { ok: true as const, value: Buffer.concat(pieces), name: sink.name };
}

async function found(body: Uint8Array<ArrayBuffer>, type = TYPE): Promise<string> {
  const file = await fileInForm(body, type);
  return file.ok ? Buffer.from(file.value).toString("latin1") : `${file.error.code}: ${file.error.message}`;
}

/** What Bun finds in the whole of it. */
async function native(body: Uint8Array<ArrayBuffer>): Promise<string | null> {
  const form = await new Response(body, { headers: { "content-type": TYPE } }).formData().catch(() => null);
  const [file, ...more] = form?.getAll("file") ?? [];
  if (!file || typeof file === "string" || more.length > 0) return null;
  return Buffer.from(await file.arrayBuffer()).toString("latin1");
}

test("of any form it is what Bun finds in the whole of it", async () => {
  const content = fc.oneof(
    fc.string({ unit: fc.constantFrom("a", "\r", "\n", "-", "\0", "\xff"), maxLength: 12 }),
    fc.constantFrom("\r\n", "\r\n\r\n", "a\r\n\r\nb", "\r\n-", "--"),
  );
  const disposition = fc.constantFrom(
    ...[FILE, 'name="file"', 'name="other"', 'name="other"; filename="b"', "name=file; filename=a"],
    ...['filename="a"; name="file"', 'name="fi\\"le"; filename="x"', 'filename="a"', ""],
  );
  const more = fc.constantFrom([], ["Content-Type: image/png"], ["X: y", "content-type: text/plain; charset=x"]);
  const part = fc.tuple(disposition, content, more).map(([what, within, lines]) => partOf(what, within, ...lines));
  const asked = fc.asyncProperty(fc.array(part, { maxLength: 4 }), async (parts) => {
    const body = formOf(...parts);
    const theirs = await native(body);
    for (const piece_bytes of [body.length, 1, 7]) {
      const ours = await fileInForm(body, TYPE, piece_bytes);
      expect(ours.ok ? Buffer.from(ours.value).toString("latin1") : null).toBe(theirs);
    }
  });
  await fc.assert(asked, { numRuns: 500, seed: 1 });
});

describe("a boundary", () => {
  test.each([
    ["plain", "multipart/form-data; boundary=x"],
    ["quoted", 'multipart/form-data; boundary="x"'],
    ["in capitals, without a blank", "Multipart/Form-Data;Boundary=x"],
    ["behind another parameter", "multipart/form-data; charset=utf-8; boundary=x"],
    ["before another parameter", "multipart/form-data; boundary=x; charset=utf-8"],
  ])("%s is found", async (_, type) => {
    expect(await found(formOf(partOf(FILE, "abc")), type)).toBe("abc");
  });

  test.each([
    ["none", "multipart/form-data"],
    ["empty", "multipart/form-data; boundary="],
    ["too long", `multipart/form-data; boundary=${"x".repeat(71)}`],
    ["of two words", "multipart/form-data; boundary=x y"],
  ])("%s makes no form", async (_, type) => {
    expect(await found(formOf(partOf(FILE, "abc")), type)).toStartWith("bad_request");
  });
});

describe("so much is looked at", () => {
  const other = partOf('name="a"', "");

  test("fields, and not one more", async () => {
    const others = (count: number) => Array.from({ length: count }, () => other);
    expect(await found(formOf(...others(limits.upload_form_parts - 1), partOf(FILE, "abc")))).toBe("abc");
    expect(await found(formOf(...others(limits.upload_form_parts), partOf(FILE, "abc")))).toContain(
      "at most 16 fields",
    );
  });

  test("of the head of one, and not one line more", async () => {
    const head = (count: number) => partOf(FILE, "abc", ...Array.from({ length: count }, () => "X: y"));
    expect(await found(formOf(head(2_000)))).toBe("abc");
    expect(await found(formOf(head(limits.upload_form_head_bytes)))).toStartWith("bad_request");
  });
});

test("no more is held of it than what may be the beginning of a boundary", async () => {
  const content = Buffer.alloc(1_000_000, "\r\n--");
  const body = formOf(partOf(FILE, content.toString("latin1")));
  let largest = 0;
  const sink = formSink(TYPE, async (piece) => {
    largest = Math.max(largest, piece.length);
  });
  for (let at = 0; at < body.length; at += 1_000) {
    expect(await sink.write(body.subarray(at, at + 1_000))).toBeNull();
  }
  expect([sink.end(), sink.name, largest <= 1_000 + TYPE.length]).toEqual([null, "a.png", true]);
});

test("a file in a view of a larger buffer ends where the view does", async () => {
  const form = formOf(partOf(FILE, "abc"));
  const larger = new Uint8Array([...bytes("--x--"), ...form, ...formOf(partOf(FILE, "def"))]);
  expect(await found(larger.subarray(5, 5 + form.length))).toBe("abc");
});
