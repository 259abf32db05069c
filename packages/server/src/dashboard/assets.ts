/// <reference path="./bundle.d.ts" />
/**
 * What the dashboard's page is made of, as text inside the package: no file is looked for at run time, whatever bundles
 * this, and no request can reach one.
 */

import script from 'bundle:./page/main.ts';
import markup from 'bundle:./page/page.html';
import style from 'bundle:./page/style.css';

export { markup, script, style };
