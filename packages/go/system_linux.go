package aboveboard

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"unsafe"
)

const errFull = syscall.EAGAIN

// socket is a pipe that raises no SIGPIPE in a host that listens to signals.
type socket struct {
	descriptor int
	gone       chan struct{}
}

func (socket *socket) write(line []byte) (int, error) {
	for {
		written, err := syscall.SendmsgN(socket.descriptor, line, nil, nil, syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL)
		if err != syscall.EINTR {
			return written, err
		}
	}
}

func (socket *socket) close() { _ = syscall.Close(socket.descriptor) }

func (socket *socket) ended() <-chan struct{} { return socket.gone }

// startRelay starts a relay that holds nothing of this process but the pipe.
func startRelay(relay *relay) (pipe, error) {
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	ours := &socket{aboveStreams(ends[0]), make(chan struct{})}
	_ = syscall.SetsockoptInt(ours.descriptor, syscall.SOL_SOCKET, syscall.SO_SNDBUF, maxWaitingBytes)
	theirs := os.NewFile(uintptr(aboveStreams(ends[1])), "relay")
	defer theirs.Close()
	child := exec.Command(relay.command[0], relay.command[1:]...)
	child.Stdin = theirs
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	lines := bufio.NewScanner(strings.NewReader(""))
	if relay.explain || relay.received != nil {
		child.Stderr = os.Stderr
	}
	if relay.received != nil {
		if output, err := child.StdoutPipe(); err == nil {
			lines = bufio.NewScanner(output)
		}
	}
	if err := child.Start(); err != nil {
		ours.close()
		return nil, err
	}
	go func() {
		for lines.Scan() {
			relay.received(ours, lines.Bytes())
		}
		_ = child.Wait()
		close(ours.gone)
		relay.ended(ours)
	}()
	return ours, nil
}

// aboveStreams gives the descriptor another number if it is that of a stream: where the host's streams are closed, what it
// prints must not go there.
func aboveStreams(descriptor int) int {
	if descriptor > 2 {
		return descriptor
	}
	defer syscall.Close(descriptor)
	above, _, _ := syscall.Syscall(syscall.SYS_FCNTL, uintptr(descriptor), syscall.F_DUPFD_CLOEXEC, 3)
	return int(above)
}

// isTerminal says whether a stream is a terminal.
func isTerminal(stream *os.File) bool {
	var settings syscall.Termios
	words := uintptr(unsafe.Pointer(&settings))
	_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, stream.Fd(), syscall.TCGETS, words)
	return failed == 0
}

func isRoots(file os.FileInfo) bool {
	status, ok := file.Sys().(*syscall.Stat_t)
	return ok && status.Uid == 0
}
