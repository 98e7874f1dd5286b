"""A service owner's project of the lines that the README shows to copy: its CMake lines, and each block of C++ as
a function over what its reader has already."""

import re

# What the blocks take for given.
GIVEN = """\
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/security/credentials.h>
#include <prometheus/registry.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>

struct Service : grpc::Service {} service;
const auto credentials = grpc::InsecureChannelCredentials();
const auto registry = std::make_shared<prometheus::Registry>();
constexpr std::array<std::uint8_t, 16> trace_id{1};
constexpr std::array<std::uint8_t, 8> span_id{1};
"""

CMAKE = """\
cmake_minimum_required(VERSION 3.25)
project(readme LANGUAGES CXX)
add_executable(my_service main.cc)
{lines}
# As the README's sentence about the bridge says.
find_package(shm_exporter REQUIRED COMPONENTS prometheus_bridge)
target_link_libraries(my_service PRIVATE shm_exporter::prometheus_bridge)
"""


def blocks(readme, language):
    return re.findall(rf"^```{language}\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)


def program(cpp):
    includes = [line for block in cpp for line in block.splitlines() if line.startswith("#include")]
    functions, calls = [], []
    for number, block in enumerate(cpp):
        lines = [line for line in block.splitlines() if not line.startswith("#include")]
        functions.append("\n".join([f"void block_{number}() {{", *lines, "}"]))
        calls.append(f"block_{number}();")
    return "\n".join([*includes, GIVEN, *functions, "int main() {", *calls, "}", ""])


def write(readme, folder):
    (cmake,) = blocks(readme, "cmake")
    folder.mkdir()
    (folder / "CMakeLists.txt").write_text(CMAKE.format(lines=cmake), encoding="utf-8")
    (folder / "main.cc").write_text(program(blocks(readme, "cpp")), encoding="utf-8")
