// Sends letters through an SMTP server, a few at a time, those of one address behind each other. What can't be sent is
// logged and not tried again: whoever waits for it asks again. Must not say in the log what a letter says or to whom,
// nor what the server answered, which may repeat it.

import type { Transporter } from "nodemailer";
import type { FairShare, Party } from "../../domain/fair-share.ts";
import { limits } from "../../domain/limits.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Letter } from "./letters.ts";
import type { MailSettings } from "./settings.ts";

/** `refused`: the server will never take it. `unsent`: it can't be sent now. */
export type Sent = "sent" | "refused" | "unsent";

export interface Mailer {
  /** What links in letters begin with. */
  public_url: string;
  /** Never rejects. */
  send(letter: Letter): Promise<Sent>;
  /** Does what letters come of, in the turn of `who`, or nothing where too many wait. Nobody waits for it. */
  later(who: Party, work: () => Promise<unknown>): void;
  /** Waits for those that are under way, but not long, and sends none any more. */
  close(): Promise<void>;
}

interface MailDependencies {
  places: Pick<FairShare, "run">;
  log: Log;
}

/** Null where no server for it is given. */
export async function openMailer(
  { smtp, public_url }: { smtp: MailSettings | null; public_url: string | null },
  on: MailDependencies,
): Promise<Mailer | null> {
  if (!smtp || public_url === null) return null;
  // Loaded only where there is mail.
  const { createTransport } = await import("nodemailer");
  const transport = createTransport({
    ...{ url: smtp.url, pool: true, maxConnections: limits.mail_jobs, disableFileAccess: true, disableUrlAccess: true },
    connectionTimeout: limits.mail_deadline_ms,
    greetingTimeout: limits.mail_deadline_ms,
    socketTimeout: limits.mail_deadline_ms,
  });
  return mailerOver(transport, smtp.from, public_url, on);
}

function mailerOver(
  transport: Transporter,
  from: string,
  public_url: string,
  { places, log }: MailDependencies,
): Mailer {
  const underway = new Set<Promise<unknown>>();
  let is_closed = false;
  const send = async ({ to, subject, text }: Letter): Promise<Sent> => {
    if (is_closed) return "unsent";
    const headers = { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" };
    try {
      // As an object an address is one, whatever is in it.
      await transport.sendMail({ from, to: { name: "", address: to }, subject, text, headers });
      return "sent";
    } catch (error) {
      const fault = faultOf(error);
      log.warn(fault, "a mail can't be sent");
      return fault.response_code >= FOR_GOOD ? "refused" : "unsent";
    }
  };
  const tooMany = () => void log.warn("too many mails wait: one is left out");
  return {
    public_url,
    send,
    later(who, work) {
      const done = places
        .run<unknown>(who, work, tooMany)
        .catch((error) => log.error({ err: error }, "a mail broke off"));
      underway.add(done);
      void done.finally(() => underway.delete(done));
    },
    async close() {
      is_closed = true;
      await Promise.race([Promise.all(underway), Bun.sleep(limits.mail_closing_ms)]);
      transport.close();
    },
  };
}

/** SMTP's own codes from here on are final. */
const FOR_GOOD = 500;

/** What an operator needs to know: of a connection why there is none, of an answer its number. */
function faultOf(error: unknown) {
  const {
    code = "",
    command = "",
    responseCode = 0,
    message = "",
  } = error as Partial<Record<string, string>> & {
    responseCode?: number;
  };
  return responseCode > 0
    ? { code, command, response_code: responseCode }
    : { code, command, response_code: 0, reason: message };
}
