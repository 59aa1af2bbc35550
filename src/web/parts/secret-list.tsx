// What programs come by, as a list: each is made, changed, given another secret, and ended. A secret is shown when it is
// made and never again; it is kept nowhere.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { RequestError } from "../../client/index.ts";
import { attempt } from "../state/notices.ts";
import { Avatar } from "./avatar.tsx";
import { Confirm } from "./dialog.tsx";
import { Empty } from "./empty.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { type Action, Menu } from "./menu.tsx";
import { Refused } from "./refused.tsx";
import { ShownOnce } from "./shown-once.tsx";

/** What has a secret. */
interface Holder {
  id: number;
  name: string;
  profile_pic: string | null;
}

export interface MadeSecret {
  name: string;
  secret: string;
}

type Plain = "text" | "empty" | "empty_text" | "add" | "edit" | "rotate" | "rotate_text" | "delete" | "delete_text";
type Named = "more" | "rotate_title" | "delete_title" | "secret_title";
type SecretWords = Readonly<Record<Plain | "secret" | "secret_text", string> & Record<Named, (name: string) => string>>;

export interface EditorProps<Of extends Holder> {
  /** Null: a new one. */
  holder: Of | null;
  /** With the secret, where there is a new one. */
  onDone(made: MadeSecret | null): void;
  onClose(): void;
}

interface SecretListProps<Of extends Holder> {
  words: SecretWords;
  icons: { empty: IconName; rotate: IconName };
  /** Null: not known yet. */
  holders: readonly Of[] | null;
  error: RequestError | null;
  may_add: boolean;
  about(holder: Of): string;
  rotate(holder: Of): Promise<MadeSecret | null>;
  end(holder: Of): Promise<unknown>;
  editor(props: EditorProps<Of>): ComponentChildren;
  /** One of them is another now. */
  onChange(): void;
}

type Act = "edit" | "rotate" | "delete";
type Open<Of> = { what: "new" } | { what: Act; holder: Of } | ({ what: "secret" } & MadeSecret);

export function SecretList<Of extends Holder>({ words: text, holders, ...list }: SecretListProps<Of>) {
  const [open, setOpen] = useState<Open<Of> | null>(null);
  const onDone = (made: MadeSecret | null) => {
    list.onChange();
    setOpen(made && { what: "secret", ...made });
  };
  return (
    <>
      <p class="hint">{text.text}</p>
      <Refused error={list.error} />
      {list.may_add && (
        <div>
          <button type="button" class="button go" onClick={() => setOpen({ what: "new" })}>
            {text.add}
          </button>
        </div>
      )}
      {holders?.length === 0 && <Empty icon={list.icons.empty} title={text.empty} text={text.empty_text} />}
      <ul class="cards lined">
        {holders?.map((holder) => (
          <Line
            key={holder.id}
            holder={holder}
            about={list.about(holder)}
            menu={text.more(holder.name)}
            actions={[
              { name: text.edit, icon: "pencil", run: () => setOpen({ what: "edit", holder }) },
              { name: text.rotate, icon: list.icons.rotate, run: () => setOpen({ what: "rotate", holder }) },
              { name: text.delete, icon: "bin", is_danger: true, run: () => setOpen({ what: "delete", holder }) },
            ]}
          />
        ))}
      </ul>
      {open && <Opened {...{ open, text, list, onDone }} onClose={() => setOpen(null)} />}
    </>
  );
}

interface OpenedProps<Of extends Holder> {
  open: Open<Of>;
  text: SecretWords;
  list: Pick<SecretListProps<Of>, "rotate" | "end" | "editor">;
  onDone(made: MadeSecret | null): void;
  onClose(): void;
}

function Opened<Of extends Holder>({ open, text, list, onDone, onClose }: OpenedProps<Of>) {
  if (open.what === "new") return <>{list.editor({ holder: null, onDone, onClose })}</>;
  if (open.what === "secret") {
    const { name, secret } = open;
    return (
      <ShownOnce
        title={text.secret_title(name)}
        text={text.secret_text}
        label={text.secret}
        value={secret}
        onClose={onClose}
      />
    );
  }
  const { what, holder } = open;
  if (what === "edit") return <>{list.editor({ holder, onDone, onClose })}</>;
  const act = async () => {
    let made: MadeSecret | null = null;
    const rotating = () =>
      list.rotate(holder).then((secret) => {
        made = secret;
      });
    if (await attempt(what === "rotate" ? rotating() : list.end(holder))) onDone(made);
  };
  return (
    <Confirm
      title={text[`${what}_title`](holder.name)}
      text={text[`${what}_text`]}
      action={text[what]}
      onConfirm={() => void act()}
      onClose={onClose}
    />
  );
}

function Line({ holder, about, menu, actions }: { holder: Holder; about: string; menu: string; actions: Action[] }) {
  const { id, name, profile_pic } = holder;
  return (
    <li class="card">
      <Avatar id={id} name={name} picture={profile_pic} size={34} />
      <span class="who">
        <strong>
          <bdi>{name}</bdi>
        </strong>
        <span>{about}</span>
      </span>
      <Menu label={menu} actions={actions} align="end">
        <Icon name="more" />
      </Menu>
    </li>
  );
}
