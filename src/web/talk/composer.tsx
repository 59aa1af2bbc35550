// Where one writes: a text that grows, what it answers, pictures that go with it, and completions over it.

import { useRef, useState } from "preact/hooks";
import { Emoji } from "../emoji/emoji.tsx";
import { IconButton } from "../parts/icon.tsx";
import { composing } from "../state/composing.ts";
import { authorName } from "../state/people.ts";
import { mayPerhaps } from "../state/rights.ts";
import { addFiles } from "../state/sending.ts";
import { words } from "../words.ts";
import { CompletionList } from "./completion-list.tsx";
import { Files } from "./files.tsx";
import { TimedOut, useOwnTimeOut } from "./silence.tsx";
import { useWriting } from "./use-writing.ts";

const LIST = "completions";

interface ComposerProps {
  server_id: number;
  channel_id: number;
  placeholder: string;
}

export function Composer(props: ComposerProps) {
  const until = useOwnTimeOut(props.server_id);
  if (until) return <TimedOut until={until} />;
  if (mayPerhaps("send_messages", props.server_id, props.channel_id)) return <Writing {...props} />;
  return <p class="composer-none">{words.talk.may_not_send}</p>;
}

function Writing({ server_id, channel_id, placeholder }: ComposerProps) {
  const { area, text, reply_to, editing, refusal, due_in, completion, ...writing } = useWriting(server_id, channel_id);
  const shown = completion.value;
  const addChosen = (files: File[]) => addFiles(channel_id, files);
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        writing.submit();
      }}
    >
      {shown && <CompletionList id={LIST} completion={shown} onChoose={writing.complete} />}
      {(reply_to || editing) && (
        <div class="composer-head">
          <span>{editing ? words.talk.editing : reply_to && words.talk.replying_to(authorName(reply_to))}</span>
          <IconButton
            icon="close"
            label={editing ? words.cancel : words.talk.stop_replying}
            onClick={() => composing.stop(channel_id)}
          />
        </div>
      )}
      {refusal && (
        <p class="composer-note fault" role="alert">
          {words.talk.not_saved} {refusal.message}
        </p>
      )}
      <Files channel_id={channel_id} is_due={due_in !== null} />
      <div class="composer-row">
        {mayPerhaps("attach_files", server_id, channel_id) && !editing && <Attach onChoose={addChosen} />}
        <textarea
          ref={area}
          rows={1}
          dir="auto"
          aria-label={words.talk.message}
          placeholder={placeholder}
          value={text}
          aria-autocomplete="list"
          aria-controls={shown ? LIST : undefined}
          aria-activedescendant={shown ? `${LIST}-${shown.active}` : undefined}
          onInput={({ currentTarget }) => writing.onInput(currentTarget)}
          onKeyDown={writing.onKeyDown}
          onBlur={() => {
            completion.value = null;
          }}
          onPaste={(event) => {
            const pasted = [...(event.clipboardData?.files ?? [])];
            if (pasted.length === 0) return;
            event.preventDefault();
            addChosen(pasted);
          }}
        />
        <EmojiButton onPick={writing.put} />
        <button type="submit" class="button go small">
          {editing ? words.talk.save_edit : words.talk.send}
        </button>
      </div>
    </form>
  );
}

function Attach({ onChoose }: { onChoose(files: File[]): void }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton icon="clip" label={words.talk.attach} onClick={() => picker.current?.click()} />
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={({ currentTarget }) => {
          onChoose([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
    </>
  );
}

function EmojiButton({ onPick }: { onPick(emoji: string): void }) {
  const [is_picking, setPicking] = useState(false);
  return (
    <div class="menu-box">
      <IconButton
        icon="smile"
        label={words.talk.emoji}
        aria-expanded={is_picking}
        onClick={() => setPicking(!is_picking)}
      />
      {is_picking && (
        <Emoji
          onClose={() => setPicking(false)}
          onPick={(emoji) => {
            setPicking(false);
            onPick(emoji);
          }}
        />
      )}
    </div>
  );
}
