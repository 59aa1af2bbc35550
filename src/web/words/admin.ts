// The words of administration.

export const admin_words = {
  title: "Administration",
  users: "Users",
  servers: "Servers",
  reports: "Reports",
  audit: "Audit log",
};
