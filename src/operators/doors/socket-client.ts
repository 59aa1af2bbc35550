// How the command line speaks to a server that runs: one request, one answer.

import { connect } from "node:net";
import type { Outcome } from "../../protocol/outcome.ts";
import type { SocketRequest } from "./unix-socket.ts";

/** Null where no server listens there. Rejects where one breaks off. */
export function askServer(path: string, request: SocketRequest): Promise<Outcome<unknown> | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let is_open = false;
    let text = "";
    socket.setEncoding("utf8");
    socket.once("connect", () => {
      is_open = true;
      socket.write(`${JSON.stringify(request)}\n`);
    });
    socket.on("error", (error: Error & { code?: string }) => {
      if (!is_open && isNobody(error.code)) return resolve(null);
      reject(new Error(`the server at ${path} can't be asked: ${error.message}`));
    });
    socket.on("data", (more: string) => {
      text += more;
      const end = text.indexOf("\n");
      if (end < 0) return;
      socket.destroy();
      resolve(JSON.parse(text.slice(0, end)));
    });
    socket.once("close", () => reject(new Error(`the server at ${path} ended before it answered`)));
  });
}

function isNobody(code: string | undefined): boolean {
  return code === "ENOENT" || code === "ECONNREFUSED" || code === "ENOTDIR";
}
