// What the document says of an invite to those who only read its head, such as a messenger in which the link was sent:
// where it leads, and how many are there. Names are text: nothing in one becomes markup.

import { uploadOf } from "../domain/pictures.ts";
import type { InvitingServer } from "../protocol/invites.ts";
import { uploadUrl } from "../protocol/uploads.ts";

export interface Surroundings {
  /** Where this instance is found from outside; null: not known, and pictures are named by their path. */
  public_url: string | null;
  /** What this instance is called. */
  name: string;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);

const meta = (property: string, content: string) => `<meta property="${property}" content="${escaped(content)}">`;

const TITLE = /<title>[^<]*<\/title>/;

/** The document with its head filled in. */
export function withPreview(html: string, server: InvitingServer, { public_url, name }: Surroundings): string {
  const members = server.num_members === 1 ? "1 member" : `${server.num_members} members`;
  const tags = [
    `<title>${escaped(`${server.name} · ${name}`)}</title>`,
    meta("og:type", "website"),
    meta("og:site_name", name),
    meta("og:title", server.name),
    meta("og:description", `You are invited. ${members}.`),
  ];
  // A picture from elsewhere would be asked for there by all who see the link.
  const picture = uploadOf(server.image ?? "");
  if (picture) tags.push(meta("og:image", uploadUrl(picture, public_url ?? "")));
  // Not as its second argument, in which `$` is a sign of its own.
  return html.replace(TITLE, () => tags.join("\n    "));
}
