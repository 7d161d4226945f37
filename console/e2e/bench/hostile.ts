/** Text as an attacker would write it. Apart from the component, whose compiler rightly warns of such characters. */
export const HOSTILE =
  'C:\\Users\\huyền\\tệp\u202egnp.exe \u001b[31m<script>alert(1)</script>\u0000 pay\u200bpal';
export const REVERSED = 'name \u202egnp.exe';
