// Through which server mail goes out and from whom, as it is configured. Its URL holds a password: it is shown to nobody.

export interface MailSettings {
  /** `smtp://` or `smtps://`, with user and password where the server wants them. */
  url: string;
  /** The address that mail comes from. */
  from: string;
}

/** What is wrong with each of the variables, in words that don't repeat them. */
export type MailFaults = Partial<Record<"SMTP_URL" | "SMTP_FROM", string>>;

/** Links in mail have to lead somewhere: without a public URL there is none. Null where no server is given. */
export function readMail(
  given: { url: string; from: string; public_url: string | null },
  fault: (name: keyof MailFaults, wanted: string) => void,
): MailSettings | null {
  const { url, from, public_url } = given;
  if (url === "") {
    if (from !== "") fault("SMTP_FROM", "is of no use where ORCHARD_SMTP_URL is not set");
    return null;
  }
  if (!isSmtpUrl(url))
    fault("SMTP_URL", "wants an smtp:// or smtps:// URL, such as smtps://user:password@mail.example.org");
  if (public_url === null) fault("SMTP_URL", "wants ORCHARD_PUBLIC_URL beside it: mail holds links");
  if (from !== "" && !isAddress(from)) fault("SMTP_FROM", "wants an e-mail address");
  const host = public_url !== null && URL.canParse(public_url) ? new URL(public_url).hostname : "localhost";
  return { url, from: from || `orchard@${host}` };
}

function isSmtpUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== "" && /^\/?$/.test(url.pathname);
}

const isAddress = (text: string): boolean => /^[^\s@,<>"]+@[^\s@,<>"]+$/.test(text);
