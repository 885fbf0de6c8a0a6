/* Replaces a Windows program in tests: appends its command line to %CALLS%, and prints that the user is an administrator. */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

int main(void) {
  FILE *calls = fopen(getenv("CALLS"), "a");
  fprintf(calls, "%s\n", GetCommandLineA());
  fclose(calls);
  puts("S-1-16-12288");
  return 0;
}
