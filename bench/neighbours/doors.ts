// What can be done at the doors: HTTP calls, uploads and sockets that open and close.

import type { Socket as TcpSocket } from "bun";
import { limits, rates } from "../../src/domain/limits.ts";
import type { Attack, Attacker } from "./attack.ts";
import { nameOf, OWNER_OF_A_NAME } from "./land.ts";

const UPLOADS = 32;
const SESSIONS = 4;
const SHORT_BYTES = 40;
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

const uploads: Attack = {
  name: "uploads",
  title: `${UPLOADS} uploads, each ${SHORT_BYTES} bytes short, dripping`,
  async run(by) {
    const bytes = by.size.upload_bytes;
    for (let at = 0; at < UPLOADS; at += 1) drip(by, await by.token(at % 2), bytes);
    by.begin();
  },
};

/** Sends all but the last bytes, and those one by one. */
function drip(by: Attacker, token: string, bytes: number): void {
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(new Uint8Array(bytes - SHORT_BYTES));
      for (let sent = 0; sent < SHORT_BYTES && !by.is_over; sent += 1) {
        await Bun.sleep(5_000);
        controller.enqueue(new Uint8Array(1));
      }
      controller.close();
    },
  });
  void by.call("POST", "/uploads", body, { authorization: `Bearer ${token}` });
}

const images: Attack = {
  name: "images",
  title: `${rates.uploads_per_user.burst} images of 8 MiB by each of four accounts`,
  async run(by) {
    const bytes = imageOf(by.size.upload_bytes);
    const tokens = await Promise.all([0, 1, 2, 3].map((account) => by.token(account)));
    by.begin();
    by.loop(8, (at) => {
      // Each other than the others, so that each is stored.
      bytes.writeUInt32BE(at, bytes.length - 4);
      return by.call("POST", "/uploads", Buffer.from(bytes), { authorization: `Bearer ${tokens[at % 4]}` });
    });
  },
};

/** One pixel, and behind it what no viewer looks at. */
export function imageOf(length: number): Buffer<ArrayBuffer> {
  return Buffer.concat([PIXEL, Buffer.alloc(Math.max(4, length - PIXEL.length))]);
}

/** So many boxes as fit what is looked at of an AVIF, each of which says how large the image is. */
function avifOf(boxes: number): Buffer<ArrayBuffer> {
  const box = (type: string, ...parts: Buffer[]) => {
    const data = Buffer.concat(parts);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length + 8);
    head.write(type, 4, "latin1");
    return Buffer.concat([head, data]);
  };
  const size = box("ispe", Buffer.from([0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2]));
  const properties = box("iprp", box("ipco", ...new Array<Buffer>(boxes).fill(size)));
  return Buffer.concat([box("ftyp", Buffer.from("avif\0\0\0\0mif1")), box("meta", Buffer.alloc(4), properties)]);
}

/** A form of as many fields as there is room for. */
function formOf(bytes: number): Buffer<ArrayBuffer> {
  const field = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n';
  return Buffer.from(`${field.repeat(Math.floor(bytes / field.length) - 1)}--x--\r\n`);
}

/** As many as each of four accounts may, one after another. */
const uploading = (
  name: string,
  title: string,
  type: string,
  bytesOf: (by: Attacker) => Buffer<ArrayBuffer>,
): Attack => ({
  name,
  title,
  async run(by) {
    const bytes = bytesOf(by);
    const tokens = await Promise.all([0, 1, 2, 3].map((account) => by.token(account)));
    by.begin();
    by.loop(4, (at) => {
      const headers = { authorization: `Bearer ${tokens[at % 4]}`, "content-type": type };
      return by.call("POST", "/uploads", bytes, headers);
    });
  },
});

const logIns: Attack = {
  name: "log-in-names",
  title: "logs in with names and passwords of nothing but marks",
  async run(by) {
    const marks = (count: number) => `a${"\u0315".repeat(count / 2)}${"\u0316".repeat(count / 2 - 1)}`;
    const name = marks(limits.login_name_length);
    const password = marks(limits.login_password_length);
    by.begin();
    by.loop(16, () => by.call("POST", "/user/login", credentials(name, password)));
  },
};

const credentials = (username: string, password: string) => JSON.stringify({ username, password });

const passwords: Attack = {
  name: "wrong-passwords",
  title: "tries passwords, of one name and of others",
  async run(by) {
    by.begin();
    by.loop(16, (at) => {
      const name = at <= rates.login_per_name.burst + 2 ? nameOf(OWNER_OF_A_NAME) : `nobody${at}`;
      return by.call("POST", "/user/login", credentials(name, `wrong password ${at}`));
    });
  },
};

const registrations: Attack = {
  name: "registrations",
  title: "registers as many accounts as an address may",
  async run(by) {
    by.begin();
    const stem = `new${by.own.server}x${Date.now().toString(36)}`;
    by.loop(64, (at) => by.call("POST", "/user/register", credentials(`${stem}x${at}`, "correct horse battery")));
  },
};

const bodies: Attack = {
  name: "bodies",
  title: "bodies of 64 KiB that no call takes",
  async run(by) {
    const zeros = `{"username":[${new Array(32_000).fill(0).join(",")}],"password":"x"}`;
    by.begin();
    by.loop(16, () => by.call("POST", "/user/login", zeros));
  },
};

const downloads: Attack = {
  name: "download-misses",
  title: "asks for uploads that there are not",
  async run(by) {
    by.begin();
    by.loop(16, (at) => by.call("GET", `/uploads/${1_000_000 + at}`));
  },
};

/** Requests in one stream, none of which waits for the answer to the one before it. */
const pipelined = (name: string, title: string, line: string): Attack => ({
  name,
  title,
  async run(by) {
    const { hostname, port } = new URL(by.origin);
    const head = `${line} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 198.51.100.250\r\n\r\n`;
    const bytes = Buffer.from(head.repeat(500));
    by.begin();
    const handlers = {
      data() {},
      drain: (tcp: TcpSocket) => {
        for (let at = 0; at < 10 && !by.is_over; at += 1) if (tcp.write(bytes) < bytes.length) return;
      },
    };
    for (let at = 0; at < SESSIONS; at += 1) {
      const tcp = await Bun.connect({ hostname, port: Number(port), socket: handlers });
      by.every(1, () => handlers.drain(tcp));
      by.atTheEnd(() => tcp.terminate());
    }
  },
});

const sockets: Attack = {
  name: "sockets",
  title: "opens sessions and drops them",
  async run(by) {
    by.begin();
    by.loop(8, async (at) => {
      try {
        (await by.session(at % 4)).drop();
      } catch {
        await Bun.sleep(20);
      }
    });
  },
};

export const door_attacks: readonly Attack[] = [
  ...[uploads, images, passwords, registrations, logIns],
  uploading("avif", "uploads an AVIF of as many boxes as are looked at", "image/avif", () => avifOf(3_200)),
  uploading("forms", "uploads a form of 150,000 fields", "multipart/form-data; boundary=x", ({ size }) =>
    formOf(size.upload_bytes),
  ),
  ...[bodies, downloads, sockets],
  pipelined("roots", "asks for / without end", "GET /"),
  pipelined("metrics", "asks for /metrics without end", "GET /metrics"),
  pipelined("readiness", "asks for /readyz without end", "GET /readyz"),
  pipelined("unknown-paths", "asks for what there is not without end", "GET /api/v1/nothing"),
  pipelined("bad-tokens", "asks whether no token is good without end", "GET /api/v1/validate_jwt"),
];
