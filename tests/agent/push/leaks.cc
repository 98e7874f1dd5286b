// c-ares 1.18 leaks ten bytes whenever gRPC looks up a name; LeakSanitizer is to report ours alone.
extern "C" const char* __lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)

extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "leak:libcares.so";
}
