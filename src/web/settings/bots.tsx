// One's own bots: made, named, given another token, and ended. A token is shown when it is made and never again.

import { useState } from "preact/hooks";
import type { Bot } from "../../protocol/bots.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Confirm } from "../parts/dialog.tsx";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { type Action, Menu } from "../parts/menu.tsx";
import { Refused } from "../parts/refused.tsx";
import { useLoaded } from "../parts/use-loaded.ts";
import { changeBotToken, deleteBot, loadBots } from "../state/bots.ts";
import { attempt } from "../state/notices.ts";
import { dateOf } from "../state/times.ts";
import { words } from "../words.ts";
import { BotDialog, BotToken, type MadeToken } from "./bot-dialogs.tsx";

const text = words.settings.bots;

type Open =
  | { what: "new" }
  | { what: "edit" | "rotate" | "delete"; bot: Bot }
  | { what: "token"; name: string; token: string };

export function BotSettings() {
  const [open, setOpen] = useState<Open | null>(null);
  const { value, error, reload } = useLoaded(loadBots);
  const onClose = () => setOpen(null);
  const onDone = (made: MadeToken | null) => {
    reload();
    setOpen(made && { what: "token", ...made });
  };
  return (
    <>
      <p class="hint">{text.text}</p>
      <Refused error={error} />
      <div>
        <button type="button" class="button go" onClick={() => setOpen({ what: "new" })}>
          {text.add}
        </button>
      </div>
      {value?.length === 0 && <Empty icon="leaf" title={text.empty} text={text.empty_text} />}
      <ul class="cards lined">
        {value?.map((bot) => (
          <BotLine key={bot.id} bot={bot} onOpen={(what) => setOpen({ what, bot })} />
        ))}
      </ul>
      {open?.what === "new" && <BotDialog bot={null} {...{ onDone, onClose }} />}
      {open?.what === "edit" && <BotDialog bot={open.bot} {...{ onDone, onClose }} />}
      {open?.what === "token" && <BotToken made={open} onClose={onClose} />}
      {open?.what === "rotate" && (
        <Confirm
          title={text.rotate_title(open.bot.name)}
          text={text.rotate_text}
          action={text.rotate}
          onConfirm={() => void rotate(open.bot).then((made) => made && onDone(made))}
          onClose={onClose}
        />
      )}
      {open?.what === "delete" && (
        <Confirm
          title={text.delete_title(open.bot.name)}
          text={text.delete_text}
          action={text.delete}
          onConfirm={() => void attempt(deleteBot(open.bot.id)).then((is_done) => is_done && onDone(null))}
          onClose={onClose}
        />
      )}
    </>
  );
}

async function rotate({ id, name }: Bot): Promise<MadeToken | null> {
  let made: MadeToken | null = null;
  await attempt(
    changeBotToken(id).then(({ token }) => {
      made = { name, token };
    }),
  );
  return made;
}

function BotLine({ bot, onOpen }: { bot: Bot; onOpen(what: "edit" | "rotate" | "delete"): void }) {
  const { id, name, profile_pic, created_date } = bot;
  const actions: Action[] = [
    { name: text.edit, icon: "pencil", run: () => onOpen("edit") },
    { name: text.rotate, icon: "lock", run: () => onOpen("rotate") },
    { name: text.delete, icon: "bin", is_danger: true, run: () => onOpen("delete") },
  ];
  return (
    <li class="card">
      <Avatar id={id} name={name} picture={profile_pic} size={34} />
      <span class="who">
        <strong>
          <bdi>{name}</bdi>
        </strong>
        <span>{text.since(dateOf(created_date))}</span>
      </span>
      <Menu label={text.more(name)} actions={actions} align="end">
        <Icon name="more" />
      </Menu>
    </li>
  );
}
