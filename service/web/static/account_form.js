// The form of an account asks what its role needs: a unit of a head of unit, an officer of an officer's account.
// What was stored before stays in sight, whatever the role; an officer's agency follows from the officer.

const role = document.getElementById("role");
const agency = document.getElementById("agency");
const officer = document.getElementById("officer_id");

function show() {
  for (const part of document.querySelectorAll("[data-for-role]")) {
    part.hidden = part.dataset.forRole !== role.value && !part.querySelector("select").value;
  }
  const isOfficer = role.value === "officer";
  document.querySelector("[data-unless-role]").hidden = isOfficer;
  agency.required = !isOfficer;
  officer.required = isOfficer;
  document.getElementById("unit").required = role.value === "unit_head";
  const of = officer.selectedOptions[0]?.dataset.agency;
  if (isOfficer && of) agency.value = of;
}

for (const one of [role, officer, document.getElementById("unit")]) one.addEventListener("change", show);
show();
