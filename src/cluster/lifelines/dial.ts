// A line to another node's process, over TCP. What is refused is told from what isn't answered; not from an address that
// can't be reached, since Bun calls both refused: what is made of it has to rest on more than that.

import { hostAndPort } from "../host-and-port.ts";
import { asking, isAnswer, type Seen } from "./greeting.ts";
import type { Dial } from "./lifelines.ts";

/** Who hasn't answered by then hasn't. */
const PATIENCE_MS = 5_000;
const LONGEST_ANSWER = 400;

export const dial: Dial = (address, holder, happened) => {
  let state: "asked" | "greeted" | "over" = "asked";
  let socket: Bun.Socket<undefined> | null = null;
  let heard = "";
  const over = (event: "ended" | "refused" | "failed" | null) => {
    if (state === "over") return;
    state = "over";
    clearTimeout(late);
    socket?.end();
    if (event) happened(event);
  };
  const late = setTimeout(() => over("failed"), PATIENCE_MS);
  const hear = (text: string, seen: Seen) => {
    heard += text;
    if (state !== "asked" || !(heard.endsWith("\n") || heard.length > LONGEST_ANSWER)) return;
    if (!isAnswer(heard, holder, seen)) return over("failed");
    state = "greeted";
    clearTimeout(late);
    happened("greeted");
  };
  const handlers: Bun.SocketHandler<undefined> = {
    open(opened) {
      if (state === "over") return void opened.end();
      socket = opened;
      opened.write(asking(holder));
    },
    data: (opened, bytes) => hear(bytes.toString("latin1"), opened),
    end: () => over(state === "greeted" ? "ended" : "failed"),
    error: () => over("failed"),
    close: () => over("failed"),
  };
  Bun.connect({ ...hostAndPort(`line://${address}`), socket: handlers }).catch((error) => {
    over(error?.code === "ECONNREFUSED" ? "refused" : "failed");
  });
  return { close: () => over(null) };
};
