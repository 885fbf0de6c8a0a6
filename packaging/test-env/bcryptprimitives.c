/* A library that Wine 8 lacks, with the one function that Bun calls. Only for tests on Wine: Windows has the real library. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *buffer, SIZE_T length) {
  return SystemFunction036(buffer, (ULONG)length);
}
