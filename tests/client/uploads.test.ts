// A file from a program to the server, with how far it has come.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { RequestError, uploadFile, type Xhr } from "../../src/client/index.ts";
import { limits } from "../../src/domain/limits.ts";
import { startServer, type TestServer, type TestUser } from "../harness/server.ts";

let server: TestServer;
let alice: TestUser;
beforeAll(async () => {
  server = await startServer();
  alice = await server.user();
});
afterAll(() => server.stop());

const MEGABYTE = 1024 * 1024;

/** As a browser has it, over what Bun has. */
class FakeXhr implements Xhr {
  readonly upload: Xhr["upload"] = { onprogress: null };
  responseText = "";
  onload: Xhr["onload"] = null;
  onerror: Xhr["onerror"] = null;
  onabort: Xhr["onabort"] = null;
  readonly #headers: Record<string, string> = {};
  readonly #given_up = new AbortController();
  #address = "";

  open(method: string, address: string): void {
    expect(method).toBe("POST");
    this.#address = address;
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name] = value;
  }

  send(body: Blob): void {
    this.upload.onprogress?.({ loaded: body.size / 2 });
    fetch(this.#address, { method: "POST", headers: this.#headers, body, signal: this.#given_up.signal })
      .then((response) => response.text())
      .then(
        (text) => {
          this.responseText = text;
          // A browser counts what it sends around the file.
          this.upload.onprogress?.({ loaded: body.size + 10 });
          this.onload?.();
        },
        () => this.onerror?.(),
      );
  }

  abort(): void {
    this.#given_up.abort();
    this.onabort?.();
  }
}

describe.each([
  ["with an XMLHttpRequest", FakeXhr],
  ["without one", null],
])("%s", (_, XMLHttpRequest) => {
  const options = () => ({ url: server.url, token: alice.token, XMLHttpRequest });

  test("a file comes whole, and tells how far it is", async () => {
    const file = new File([Buffer.alloc(3 * MEGABYTE, "orchard")], "Übung 1.pdf");
    const told: [number, number][] = [];
    const reply = await uploadFile({ ...options(), file, onProgress: (sent, total) => told.push([sent, total]) });
    expect(reply).toMatchObject({ success: true, name: "Übung 1.pdf", type: "application/pdf", bytes: 3 * MEGABYTE });
    expect(told.length).toBeGreaterThan(1);
    expect(told.at(-1)).toEqual([3 * MEGABYTE, 3 * MEGABYTE]);
    expect(told.map(([sent]) => sent)).toEqual(told.map(([sent]) => sent).sort((one, other) => one - other));
    expect(await (await fetch(server.url + reply.url)).bytes()).toEqual(new Uint8Array(await file.arrayBuffer()));
  });

  test("under a nonce it comes once, and its name may be another", async () => {
    const once = { ...options(), file: new Blob(["words"]), name: "notes.txt", nonce: crypto.randomUUID() };
    const first = await uploadFile(once);
    expect(first).toMatchObject({ name: "notes.txt", type: "text/plain" });
    expect(await uploadFile(once)).toEqual(first);
  });

  test("a refusal is told with the server's code", async () => {
    const refused = (more: object) => uploadFile({ ...options(), file: new Blob(["x"]), ...more }).catch((e) => e);
    expect(await refused({ token: "none" })).toMatchObject({ name: "RequestError", code: "unauthorized" });
    expect(await refused({ file: new Blob([]) })).toMatchObject({ code: "bad_request", details: { path: "file" } });
    const large = new Blob([Buffer.alloc(limits.upload_bytes + 1)]);
    const code = (await refused({ file: large })).code;
    expect(["too_large", "disconnected"]).toContain(code);
  });

  test("where nobody answers, or something else, it is disconnected", async () => {
    const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("<html>") });
    for (const url of [`http://127.0.0.1:${other.port}`, "http://127.0.0.1:1"]) {
      const error = await uploadFile({ ...options(), url, file: new Blob(["x"]) }).catch((e) => e);
      expect(error).toBeInstanceOf(RequestError);
      expect(error.code).toBe("disconnected");
    }
    await other.stop(true);
  });

  test("a signal ends it, be it at once", async () => {
    const stalled = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Promise<Response>(() => {}) });
    const url = `http://127.0.0.1:${stalled.port}`;
    const giving_up = new AbortController();
    const file = new Blob(["x"]);
    const sending = uploadFile({ ...options(), url, file, signal: giving_up.signal }).catch((e) => e);
    giving_up.abort();
    expect((await sending).code).toBe("aborted");
    const at_once = await uploadFile({ ...options(), url, file, signal: AbortSignal.abort() }).catch((e) => e);
    expect(at_once.code).toBe("aborted");
    await stalled.stop(true);
  });
});
