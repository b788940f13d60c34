import './backgrounds.js';
import { startPlayers } from './player.js';
import { startSeekButtons } from './seek_buttons.js';

startPlayers(document); // the whole page is the player: keys work wherever the focus is
startSeekButtons();
