// What stands where one would write: a stranger's request with the answers to it, or that one of two has blocked the other.

import { client } from "../state/cache.ts";
import { accept, type Conversation, closeConversation, otherOf, titleOf } from "../state/conversations.ts";
import { attempt } from "../state/notices.ts";
import { words } from "../words.ts";

const text = words.conversations;

const update = (user_id: number, action: "block" | "unblock") =>
  attempt(client.value?.ask("update_friend", { user_id, action }));

export function RequestBar({ conversation }: { conversation: Conversation }) {
  const other = otherOf(conversation);
  const block = async (user_id: number) => {
    if (await update(user_id, "block")) await closeConversation(conversation.id);
  };
  return (
    <section class="composer-none request" aria-labelledby="request">
      <h2 id="request">{text.request(titleOf(conversation))}</h2>
      <p>{text.request_text}</p>
      <div class="row">
        <button type="button" class="button go" onClick={() => void accept(conversation.id)}>
          {text.accept}
        </button>
        <button type="button" class="button" onClick={() => void closeConversation(conversation.id)}>
          {text.close_request}
        </button>
        {other && (
          <button type="button" class="button danger" onClick={() => void block(other.user_id)}>
            {words.people.block}
          </button>
        )}
      </div>
    </section>
  );
}

export const BlockedBar = ({ user_id }: { user_id: number }) => (
  <div class="composer-none request">
    <p>{text.blocked}</p>
    <button type="button" class="button" onClick={() => void update(user_id, "unblock")}>
      {words.people.unblock}
    </button>
  </div>
);
