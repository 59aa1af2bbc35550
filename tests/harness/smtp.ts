// A mail server of its own for a test, npm's `smtp-server`: it takes what it is sent, and says what it took.

import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export interface ReceivedMail {
  from: string;
  to: string[];
  subject: string;
  text: string;
  /** As it came. */
  raw: string;
}

export interface TestSmtp {
  url: string;
  /** All that came, oldest first. */
  mails: ReceivedMail[];
  /** The next mail to the address that nobody took yet, come or to come. */
  take(to: string): Promise<ReceivedMail>;
  stop(): Promise<void>;
}

/** The token of the link in a mail. */
export function tokenIn({ text }: ReceivedMail): string {
  const [, token] = /#([\w-]+)$/m.exec(text) ?? [];
  if (!token) throw new Error(`there is no link in ${text}`);
  return token;
}

export async function startSmtp(options: SMTPServerOptions = {}): Promise<TestSmtp> {
  const mails: ReceivedMail[] = [];
  const untaken: ReceivedMail[] = [];
  const waiting: { to: string; resolve(mail: ReceivedMail): void }[] = [];
  const receive = (mail: ReceivedMail) => {
    mails.push(mail);
    const place = waiting.findIndex(({ to }) => mail.to.includes(to));
    if (place === -1) return void untaken.push(mail);
    waiting.splice(place, 1)[0]?.resolve(mail);
  };
  const server = new SMTPServer({
    authOptional: true,
    // Who keeps a connection is cut off at once.
    closeTimeout: 1,
    hideSTARTTLS: true,
    disabledCommands: ["STARTTLS"],
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk) => void chunks.push(chunk));
      stream.on("end", () => {
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        receive({ from, to, ...read(Buffer.concat(chunks).toString()) });
        done();
      });
    },
    ...options,
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as { port: number };
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    take(to) {
      const place = untaken.findIndex((mail) => mail.to.includes(to));
      const [found] = place === -1 ? [] : untaken.splice(place, 1);
      return found ? Promise.resolve(found) : new Promise((resolve) => waiting.push({ to, resolve }));
    },
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

function read(raw: string) {
  const [head = "", ...body] = raw.split("\r\n\r\n");
  const header = (name: string) => new RegExp(`^${name}: (.*(?:\r\n[ \t].*)*)`, "im").exec(head)?.[1] ?? "";
  const is_printable = header("Content-Transfer-Encoding") === "quoted-printable";
  const text = body.join("\r\n\r\n").replaceAll("\r\n", "\n");
  return { subject: header("Subject").replace(/\r\n[ \t]/g, " "), text: is_printable ? printable(text) : text, raw };
}

function printable(text: string): string {
  const bytes = text
    .replace(/=\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
  return Buffer.from(bytes, "latin1").toString();
}
