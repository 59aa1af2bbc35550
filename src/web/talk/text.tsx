// A message's text as elements.

import type { ComponentChildren } from "preact";
import { channelsOf, selfId } from "../state/cache.ts";
import { roleNameOf } from "../state/mentions.ts";
import { nameOf } from "../state/people.ts";
import { ways } from "../state/places.ts";
import { standingIn } from "../state/rights.ts";
import { Code } from "./code.tsx";
import { markupOf, type Node, plainOf } from "./markup.ts";

const ONLY_EMOJI = /^(?:\p{RGI_Emoji}\s*){1,6}$/v;

export function Text({ content, server_id }: { content: string; server_id: number }) {
  const is_large = content.length < 100 && ONLY_EMOJI.test(content);
  return (
    <div class={is_large ? "text large" : "text"} dir="auto">
      {drawn(markupOf(content), server_id)}
    </div>
  );
}

/** As one line, where there is little room. */
export const plainIn = (content: string, server_id: number): string =>
  plainOf(
    content,
    (id) => nameOf(id, server_id),
    (id) => roleNameOf(id, server_id),
  );

const drawn = (nodes: Node[], server_id: number): ComponentChildren[] =>
  nodes.map((node, at) => elementOf(node, server_id, at));

const plain_elements = new Set(["blockquote", "li", "ul", "em", "strong", "s", "p"]);
const names: Readonly<Record<string, string>> = { paragraph: "p", list_item: "li", bullet_list: "ul" };

/** No component of its own: a page of messages has hundreds of them. */
function elementOf(node: Node, server_id: number, key: number): ComponentChildren {
  const { kind, text, href, info, id } = node;
  const inner = () => drawn(node.children, server_id);
  switch (kind) {
    case "text":
      return text;
    case "break":
      return <br key={key} />;
    case "code":
      return <Code key={key} text={text} language={info} />;
    case "code_inline":
      return <code key={key}>{text}</code>;
    case "mention":
      return <Mention key={key} id={id} server_id={server_id} />;
    case "role":
      return <RoleName key={key} id={id} server_id={server_id} />;
    case "everyone":
      return (
        <span key={key} class="mention me">
          {text}
        </span>
      );
    case "channel":
      return <ChannelName key={key} text={text} server_id={server_id} />;
    case "ordered_list":
      return (
        <ol key={key} start={info ? Number(info) : undefined}>
          {inner()}
        </ol>
      );
    case "link":
      return (
        <Link key={key} href={href}>
          {inner()}
        </Link>
      );
  }
  const Element = (names[kind] ?? kind) as "p";
  return plain_elements.has(Element) ? <Element key={key}>{inner()}</Element> : inner();
}

function Mention({ id, server_id }: { id: number; server_id: number }) {
  return (
    <span class={id === selfId() ? "mention me" : "mention"}>
      @<bdi>{nameOf(id, server_id)}</bdi>
    </span>
  );
}

function RoleName({ id, server_id }: { id: number; server_id: number }) {
  const is_own = standingIn(server_id)?.roles.some((role) => role.id === id);
  return (
    <span class={is_own ? "mention me" : "mention"}>
      @<bdi>{roleNameOf(id, server_id)}</bdi>
    </span>
  );
}

/** The one channel of that name which one can see, or just the text. */
function ChannelName({ text, server_id }: { text: string; server_id: number }) {
  const named = [...(channelsOf(server_id)?.values() ?? [])].filter(({ name }) => `#${name}` === text);
  const [channel] = named;
  if (!channel || named.length > 1) return <>{text}</>;
  return (
    <a class="mention" href={ways.channel(server_id, channel.id)}>
      {text}
    </a>
  );
}

/** To a place in these pages it is gone without leaving them. */
function Link({ href, children }: { href: string; children: ComponentChildren }) {
  const is_own = href.startsWith(`${location.origin}/`) && !href.startsWith(`${location.origin}/api/`);
  return is_own ? (
    <a href={href}>{children}</a>
  ) : (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}
