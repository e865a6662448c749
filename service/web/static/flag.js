// One flag: bring the player, the verdict form and the keys together.
import { startPlayer } from "/static/player.js";
import { startVerdict } from "/static/verdict.js";
import { startKeys } from "/static/keys.js";

for (const part of document.querySelectorAll(".needs-script")) part.hidden = false;
const token = document.querySelector("input[name=csrf_token]")?.value;
const player = startPlayer(document.getElementById("clip"), document.getElementById("trace"), token);
const give = startVerdict(document.getElementById("verdict"));
startKeys(document.getElementById("keys"), { player, give });
