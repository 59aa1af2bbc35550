// A picture that can be changed: what stands now, another from a file, or none.

import { useRef, useState } from "preact/hooks";
import { attempt } from "../state/notices.ts";
import { PICTURE_TYPES, uploadPicture } from "../state/uploading.ts";
import { words } from "../words.ts";
import { Avatar, type AvatarProps } from "./avatar.tsx";

export function PictureField({
  onChange,
  ...avatar
}: AvatarProps & { onChange(url: string | null): Promise<unknown> }) {
  const picker = useRef<HTMLInputElement>(null);
  const [is_busy, setBusy] = useState(false);
  const choose = async (file: File | undefined) => {
    if (!file) return;
    setBusy(true);
    await attempt(uploadPicture(file).then(onChange));
    setBusy(false);
  };
  return (
    <div class="picture-field">
      <Avatar {...avatar} size={80} />
      <div class="row">
        <button type="button" class="button" disabled={is_busy} onClick={() => picker.current?.click()}>
          {words.settings.profile.change_picture}
        </button>
        {avatar.picture && (
          <button type="button" class="button" onClick={() => void attempt(onChange(null))}>
            {words.settings.profile.remove_picture}
          </button>
        )}
      </div>
      <input
        ref={picker}
        type="file"
        accept={PICTURE_TYPES}
        hidden
        onChange={({ currentTarget }) => {
          void choose(currentTarget.files?.[0]);
          currentTarget.value = "";
        }}
      />
    </div>
  );
}
