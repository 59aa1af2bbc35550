// The words of one's own settings.

export const settings_words = {
  title: "Settings",
  tabs: { profile: "Profile", account: "Account", devices: "Devices", appearance: "Appearance" },
  profile: {
    picture: "Picture",
    change_picture: "Change picture",
    remove_picture: "Remove picture",
    bio: "About you",
    custom_status: "Status text",
    custom_status_hint: "What you are up to, in a few words.",
    status: "Status",
    invisible_hint: "You look offline to everybody else.",
  },
  account: {
    email: "E-mail address",
    no_email: "You have none. With one you can set a new password when you forget yours.",
    unconfirmed: "not confirmed yet",
    set_email: "Send confirmation",
    email_sent: "A link is on its way. The address is yours once you open it.",
    new_email: "New e-mail address",
    password_title: "Password",
    password: "Current password",
    new_password: "New password",
    change_password: "Change password",
    password_changed: "Your password is changed. You are logged out everywhere else.",
    delete_title: "Delete account",
    delete_text:
      "Your account, friendships and memberships end for good. Servers that you own must be given away or deleted first.",
    delete_password: "Password, to be sure",
    delete: "Delete my account",
  },
  devices: {
    text: "Where you are logged in. End what you don't know, and change your password.",
    unknown: "Unknown device",
    current: "This device",
    used: (when: string) => `last used ${when}`,
    end: "End",
    ended: "That log-in is ended.",
  },
  appearance: {
    theme: "Theme",
    system: "As the system",
    light: "Light",
    dark: "Dark",
  },
};
