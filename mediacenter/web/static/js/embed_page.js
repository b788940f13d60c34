import './backgrounds.js';
import { startPlayers } from './player.js';

startPlayers(document); // the whole page is the player: keys work wherever the focus is
