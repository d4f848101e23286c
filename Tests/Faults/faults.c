int faults_version(void) { return 1; }
