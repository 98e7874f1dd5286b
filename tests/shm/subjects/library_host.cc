// A program without the shim that loads libraries with copies of it, counts through them from
// threads, unloads them while the threads live, and lets the threads end afterwards. Arguments: the
// libraries, one after the other; each must count 100 from the main thread and 10 from each of 8
// threads, and register 1,000 series. Exits with 0.
#include <dlfcn.h>

#include <barrier>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Library {
  void* handle = nullptr;
  void (*start)(const char*) = nullptr;
  void (*count)(unsigned) = nullptr;
  void (*add_series)(unsigned, unsigned) = nullptr;
};

Library load(const char* path) {
  Library library;
  // Global, so that two copies would share state if their symbols were not hidden.
  library.handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (library.handle == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    std::exit(1);
  }
  library.start = reinterpret_cast<void (*)(const char*)>(dlsym(library.handle, "library_start"));
  library.count = reinterpret_cast<void (*)(unsigned)>(dlsym(library.handle, "library_count"));
  library.add_series =
      reinterpret_cast<void (*)(unsigned, unsigned)>(dlsym(library.handle, "library_register"));
  return library;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kThreads = 8;
  std::vector<Library> libraries;
  for (int i = 1; i < argc; ++i) {
    libraries.push_back(load(argv[i]));
    libraries.back().start(("copy" + std::to_string(i)).c_str());
  }
  std::barrier counted(kThreads + 1);
  std::barrier unloaded(kThreads + 1);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (const Library& library : libraries) {
        library.count(10);
      }
      counted.arrive_and_wait();
      unloaded.arrive_and_wait();
      // Now the thread ends, and with it its shards in libraries that are closed.
    });
  }
  for (const Library& library : libraries) {
    library.count(100);
    library.add_series(0, 500);
  }
  counted.arrive_and_wait();
  for (const Library& library : libraries) {
    library.add_series(500, 1000);
    dlclose(library.handle);
  }
  unloaded.arrive_and_wait();
  for (std::thread& thread : threads) {
    thread.join();
  }
  // Loaded once more, it is what it was.
  for (int i = 1; i < argc; ++i) {
    const Library library = load(argv[i]);
    std::thread([&] { library.count(1); }).join();
    dlclose(library.handle);
  }
  return 0;
}
