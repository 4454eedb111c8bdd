// The time zone of a new store: most likely that of whoever sets it up.
for (const field of document.querySelectorAll("[data-guess=timezone]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (field.value === "UTC" && [...field.options].some((option) => option.value === zone)) field.value = zone;
}

// On a phone the steps are a row: show the one that this page is.
document.querySelector(".organise__steps [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
