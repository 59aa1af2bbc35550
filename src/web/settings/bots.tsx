// One's own bots: made, named, given another token, and ended.

import { SecretList } from "../parts/secret-list.tsx";
import { useLoaded } from "../parts/use-loaded.ts";
import { changeBotToken, deleteBot, loadBots } from "../state/bots.ts";
import { dateOf } from "../state/times.ts";
import { words } from "../words.ts";
import { BotDialog } from "./bot-dialog.tsx";

const text = words.settings.bots;

export function BotSettings() {
  const { value, error, reload } = useLoaded(loadBots);
  return (
    <SecretList
      words={text}
      icons={{ empty: "leaf", rotate: "lock" }}
      holders={value}
      error={error}
      may_add
      about={({ created_date }) => text.since(dateOf(created_date))}
      rotate={({ id, name }) => changeBotToken(id).then(({ token }) => ({ name, secret: token }))}
      end={({ id }) => deleteBot(id)}
      editor={({ holder, ...dialog }) => <BotDialog bot={holder} {...dialog} />}
      onChange={reload}
    />
  );
}
