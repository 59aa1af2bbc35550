// What is shown: the door to whoever isn't logged in, and the pages to whoever is.

import { ConversationTalk } from "./conversations/conversation-talk.tsx";
import { Door } from "./door/door.tsx";
import { Join } from "./door/join.tsx";
import { lazily } from "./parts/lazily.tsx";
import { Notices } from "./parts/notices.tsx";
import { People } from "./people/people.tsx";
import { Home } from "./shell/home.tsx";
import { Shell } from "./shell/shell.tsx";
import { standing } from "./state/account.ts";
import { type Place, place } from "./state/places.ts";
import { Talk } from "./talk/talk.tsx";

const Settings = lazily(() => import("./settings/settings.tsx").then(({ Settings }) => Settings));
const ServerSettings = lazily(() =>
  import("./server/server-settings.tsx").then(({ ServerSettings }) => ServerSettings),
);
const Admin = lazily(() => import("./admin/admin.tsx").then(({ Admin }) => Admin));

/** What a link from a mail or an operator is for has nothing to do with who is logged in here. */
const AT_DOOR: ReadonlySet<Place["at"]> = new Set(["reset", "setup", "email"]);

export function App() {
  if (standing.value === "unknown") return null;
  const { at } = place.value;
  const is_out = standing.value === "out" || AT_DOOR.has(at);
  return (
    <>
      {is_out ? <Door /> : <Inside />}
      <Notices />
    </>
  );
}

function Inside() {
  const here = place.value;
  if (here.at === "invite") return <Join code={here.code} />;
  return (
    <Shell>
      {here.at === "friends" && <People />}
      {here.at === "channel" && <Talk key={here.server_id} {...here} />}
      {here.at === "conversation" && <ConversationTalk key={here.conversation_id} {...here} />}
      {here.at === "admin" && <Admin />}
      {here.at === "settings" && <Settings tab={here.tab} />}
      {here.at === "server" && <ServerSettings key={here.server_id} {...here} />}
      {(here.at === "home" || here.at === "login" || here.at === "register" || here.at === "lost") && <Home />}
    </Shell>
  );
}
